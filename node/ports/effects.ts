import type { JobDraft } from './queue.ts'

/** Entry for the node's log, sequenced after the commit. `bytes` is the exact log entry, at most 65,535 bytes. */
export interface LeafDraft {
  /** Domain name of the leaf, for example `manifest`, `receipt`, `seed-commitment`. */
  readonly kind: string
  /** What the leaf is about (manifest id, receipt id …); finds the leaf's index later. Unique together with kind. */
  readonly ref: string
  readonly bytes: Uint8Array
}

/** What a store's commit writes besides the state, in the same transaction. */
export interface Effects {
  readonly jobs?: readonly JobDraft[]
  readonly leaves?: readonly LeafDraft[]
}

/** conflict: the stored version was not the expected one; nothing was written. */
export type CommitResult = 'committed' | 'conflict'
