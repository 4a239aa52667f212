import type { ChainHead } from '../../protocol/ledger/receipt.ts'
import type { DidDocument } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import type { DsseEnvelope, ReceiptRecord } from '../../schemas/ledger.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

/** Who made the proposal. */
export type Proposer = 'self' | 'counterpart'

/** A proposal of this node that was sent, or is about to be, and has no answer yet. */
export interface PendingReceipt {
  readonly counterpart: Did
  readonly id: string
  readonly exchangeId: string
  readonly seq: number
  readonly factsKey: string
  readonly envelope: DsseEnvelope
  /** tlog-proofs of the previous receipt in this node's log, as the receipt names them. */
  readonly proofs: readonly string[]
}

export interface NewReceipt {
  readonly record: ReceiptRecord
  readonly counterpart: Did
  readonly proposer: Proposer
  readonly factsKey: string
  /** The exchange's secret, sealed; kept the first time. */
  readonly sealedSecret?: Uint8Array
  /** tlog-proofs of the previous receipt in the counterpart's log. */
  readonly proofs: readonly StoredProof[]
  /** DID document of the counterpart whose keys count for this receipt. */
  readonly document: DidDocument
}

export interface StoredProof {
  readonly receiptId: string
  /** Origin of the log. */
  readonly log: string
  readonly proof: string
}

export interface StoredDocument {
  readonly document: DidDocument
  /** ms since 1970. */
  readonly retrievedAt: number
}

/** Persistence of receipts. Each method is atomic and durable when it resolves. */
export interface ReceiptStore {
  /** Receipts of an exchange by seq; refused ones last. */
  ofExchange(exchangeId: string): Promise<ReceiptRecord[]>
  /** Newest first. `before`: only those with an earlier `at` (ms). */
  list(options: { readonly limit: number; readonly before?: number }): Promise<ReceiptRecord[]>
  /** Exchanges that have a receipt with `at` in [from, to], in ms. */
  exchangesBetween(from: number, to: number, limit: number): Promise<string[]>
  byId(id: string): Promise<ReceiptRecord | undefined>
  hasFacts(factsKey: string): Promise<boolean>
  exchangeHead(exchangeId: string): Promise<ChainHead>
  pairHead(counterpart: Did, proposer: Proposer): Promise<ChainHead>
  pending(counterpart: Did): Promise<PendingReceipt | undefined>
  savePending(pending: PendingReceipt, sealedSecret: Uint8Array | undefined): Promise<void>
  dropPending(id: string): Promise<void>
  sealedSecret(exchangeId: string): Promise<Uint8Array | undefined>
  proofs(receiptId: string): Promise<StoredProof[]>
  /** DID documents of a counterpart as receipts met them, oldest first. */
  documents(did: Did): Promise<StoredDocument[]>
  /**
   * Adds a receipt and removes the pending proposal of the same id. `conflict` (nothing written) when it does not continue
   * both chains, or its facts or nonce are known; a refused one only has to be new.
   */
  record(receipt: NewReceipt, effects: Effects): Promise<CommitResult>
  /** Commits jobs alone. */
  enqueue(effects: Effects): Promise<void>
}
