import type { Refusal } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import type { ReceiptAnswer, ReceiptProposal, ReceiptRecord, ReceiptType } from '../../schemas/ledger.ts'

/** What the log shows of itself. */
export interface LedgerStatus {
  readonly origin: string
  readonly vkey: string
  /** Leaves in the published tree. */
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
  /** Leaves committed with their state, not yet in the tree. */
  readonly queued: number
  readonly publishedAt?: number
}

/** The node's append-only log (c2sp.org/tlog-tiles). Leaves come in through Effects.leaves of any store's commit. */
export interface Ledger {
  /** URL of the log without scheme: `<public host>[/prefix]/ledger`. */
  readonly origin: string
  /** Verifier key (c2sp.org/signed-note): `<origin>+<key hash>+<base64>`. */
  vkey(): Promise<string>
  /** The published checkpoint as served; undefined before the first leaf. */
  checkpoint(): Promise<string | undefined>
  /**
   * c2sp.org/tlog-proof text that shows the leaf in the published tree; undefined while it is queued or unknown.
   * `kind` and `ref` as in the LeafDraft (protocol/ledger/leaf.ts).
   */
  proof(kind: string, ref: string): Promise<string | undefined>
  status(): Promise<LedgerStatus>
  /** Resolves when every leaf queued before the call is in the published tree. */
  settle(): Promise<void>
  /** Tells the sequencer that leaves were committed. */
  wake(): void
  /**
   * Passes the gate of docs/spec/ledger.md §6 and starts sequencing. Throws Refused `ledger-inconsistent` when what is
   * published and what is stored cannot belong to one history.
   */
  start(): Promise<void>
  /** Finishes the batch at hand. */
  stop(): Promise<void>
}

/**
 * Asked before a receipt is countersigned: are these the facts as this node knows them? undefined: yes. A Refusal with code
 * `conflict` means not yet (the proposer tries again), any other that this node will not sign.
 */
export type ReceiptExpectation = (proposal: ReceiptProposal, proposer: Did) => Promise<Refusal | undefined>

export type ReceiptExpectations = Readonly<Record<ReceiptType, ReceiptExpectation>>

/** Statements about exchanges signed by both parties; docs/spec/receipt.md. */
export interface Receipts {
  /** Oldest first. */
  ofExchange(exchangeId: string): Promise<ReceiptRecord[]>
  /** Newest first, at most 500. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<ReceiptRecord[]>
  /** Checks and countersigns a proposal of an authenticated peer; the same proposal again gives the same answer. Throws Refused. */
  countersign(proposer: Did, request: unknown): Promise<ReceiptAnswer>
}
