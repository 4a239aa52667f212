import type { CommitResult } from '../ports/effects.ts'
import type { LogFile } from '../../protocol/ledger/tiles.ts'

/** Head of the log: what was signed for a tree of this size. */
export interface LogHead {
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
  /** The signed checkpoint. */
  readonly checkpoint: string
}

export interface QueuedLeaf {
  readonly id: number
  readonly kind: string
  readonly ref: string
  readonly bytes: Uint8Array
}

/** A batch of leaves that is in the tree once it is committed. */
export interface LogBatch {
  /** The head that the tree grew from; undefined for the first batch. */
  readonly from: LogHead | undefined
  readonly head: LogHead
  /** Ids of the leaves in the order of their positions, which start at `from.size`. */
  readonly leafIds: readonly number[]
  /** Files of the new tree, kept until clearStage. */
  readonly files: readonly LogFile[]
  readonly at: number
}

/** Persistence of the log. Each method is atomic and durable when it resolves. */
export interface LedgerStore {
  /** Leaves without a position, oldest first. */
  queued(limit: number): Promise<QueuedLeaf[]>
  queuedCount(): Promise<number>
  head(): Promise<LogHead | undefined>
  /** Moves the head, gives the leaves their positions and stages the files, or does nothing: `conflict` when the head is not `from`. */
  commitBatch(batch: LogBatch): Promise<CommitResult>
  staged(): Promise<LogFile[]>
  clearStage(): Promise<void>
  /** Index of a leaf in the tree. */
  position(kind: string, ref: string): Promise<number | undefined>
  /** Heads of all batches with at most this size, ascending, thinned to `limit` evenly; first and last are always among them. */
  heads(limit: number, upTo: number): Promise<LogHead[]>
}
