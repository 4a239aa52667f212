import * as z from 'zod'
import { emptyRoot } from '../../protocol/canonical/merkle.ts'
import { digestHex, fromBase64Url, type HashFunction } from '../../protocol/canonical/hash.ts'
import { formatVkey, type NoteKey } from '../../protocol/ledger/signed-note.ts'
import { parseTilePath } from '../../protocol/ledger/tiles.ts'
import { formatTlogProof } from '../../protocol/ledger/tlog-proof.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import {
  LogOrigin,
  type ReceiptAnswer,
  type ReceiptProposal,
  type ReceiptRecord,
  type ReceiptType,
} from '../../schemas/ledger.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Keys } from '../ports/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createLogFiles } from './log-files.ts'
import { createSequencer } from './sequencer.ts'
import type { LedgerStore, LogHead } from './store.ts'

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
  /** A tile or entry bundle (`tile/…`) as served; undefined when the log has none there. */
  tile(path: string): Promise<Uint8Array | undefined>
  /** Every head that was ever signed up to this size, ascending, thinned evenly to `limit`. */
  heads(limit: number, upTo: number): Promise<LogHead[]>
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

export interface LedgerDeps {
  readonly store: LedgerStore
  readonly blobs: Blobs
  readonly keys: Keys
  readonly clock: Clock
  readonly log: Logger
  /** SHA-256; the node brings a fast one. */
  readonly hash: HashFunction
  /** Public base URL of the node, without a trailing slash. */
  readonly publicUrl: string
  /** Longest time in ms that a committed leaf waits for company. Default 100, at most 250. */
  readonly batchDelayMs?: number
}

/** Origin of the log of the node with this public URL. */
export function logOrigin(publicUrl: string): LogOrigin {
  return LogOrigin.parse(`${publicUrl.replace(/^https?:\/\//, '').replace(/\/+$/, '')}/ledger`)
}

const PublicKey = z.object({ x: z.string() })

export function createLedger(deps: LedgerDeps): Ledger {
  const origin = logOrigin(deps.publicUrl)
  const { store, keys, clock, log, hash } = deps
  const files = createLogFiles(deps.blobs, hash)
  let noteKey: NoteKey | undefined
  const key = async (): Promise<NoteKey> => {
    const publicKey = fromBase64Url(PublicKey.parse(await keys.publicJwk('log')).x)
    if (publicKey === undefined) throw new Error('the log key has no readable public part')
    noteKey ??= { name: origin, publicKey }
    return noteKey
  }
  const batchDelayMs = Math.min(deps.batchDelayMs ?? 100, 250)
  const sign = (message: Uint8Array) => keys.sign('log', message)
  const sequencer = createSequencer({ store, files, clock, log, hash, key, sign, batchDelayMs })
  return {
    origin,
    vkey: async () => formatVkey(await key()),
    checkpoint: async () => sequencer.published()?.checkpoint,
    proof: async (kind, ref) => {
      const head = sequencer.published()
      const index = await store.position(kind, ref)
      if (head === undefined || index === undefined || index >= head.size) return undefined
      return formatTlogProof({ index, path: await files.inclusion(index, head.size), checkpoint: head.checkpoint })
    },
    tile: async (path) => {
      const id = parseTilePath(path)
      return id === undefined ? undefined : files.tile(id)
    },
    heads: (limit, upTo) => store.heads(limit, upTo),
    status: async () => {
      const head = sequencer.published()
      const root = head?.root ?? digestHex(emptyRoot(hash))
      return { origin, vkey: formatVkey(await key()), size: head?.size ?? 0, root, queued: await store.queuedCount() }
    },
    settle: () => sequencer.drain(),
    wake: () => sequencer.wake(),
    start: () => sequencer.start(),
    stop: () => sequencer.stop(),
  }
}
