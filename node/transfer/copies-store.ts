import type { CopyRecord } from '../../schemas/copies.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

export interface StoredCopy {
  readonly record: CopyRecord
  readonly revision: number
}

export interface CopyChange extends StoredCopy {
  readonly effects?: Effects
}

/** Persistence of the copies that this node holds or pulls. Every method is atomic. */
export interface CopiesStore {
  /** conflict: the transfer has a copy already. */
  insert(record: CopyRecord, effects?: Effects): Promise<CommitResult>
  /** conflict: the record was changed since `revision` was read. */
  change(change: CopyChange): Promise<CommitResult>
  get(id: string): Promise<StoredCopy | undefined>
  byTransfer(transferId: string): Promise<StoredCopy | undefined>
  /** Newest first, at most 1,000. */
  ofAgreement(agreementId: string): Promise<StoredCopy[]>
  /** Newest first, at most 1,000. */
  ofManifest(manifestId: string): Promise<StoredCopy[]>
  /** Newest first; `before` is a time in ms since 1970. */
  list(page: { readonly limit: number; readonly before?: number }): Promise<CopyRecord[]>
}
