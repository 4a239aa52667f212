import type { Transfer } from '../../schemas/transfer.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

export interface StoredTransfer {
  readonly process: Transfer
  /** Counts the changes; the optimistic lock of `change`. */
  readonly version: number
}

/** Token of the running start, provider's side. Times in ms since 1970. */
export interface AccessToken {
  readonly sha256: string
  readonly expiresAt: number
}

export interface TransferChange extends StoredTransfer {
  /** Replaces the token; null ends it. Absent: stays. */
  readonly token?: AccessToken | null
  /** null: the sealed sink is erased. */
  readonly sink?: null
  readonly effects: Effects
}

/** Persistence of transfers. Every method is atomic. */
export interface TransferStore {
  /** `sink`: sealed. conflict: the process exists, or (provider) one with the same peer and its process id. */
  insert(process: Transfer, effects: Effects, sink?: Uint8Array): Promise<CommitResult>
  /**
   * `version` is the one that was read. conflict: it was changed since, or (provider) another transfer under the agreement holds
   * the same `use`.
   */
  change(change: TransferChange): Promise<CommitResult>
  get(pid: string): Promise<StoredTransfer | undefined>
  /** Provider: the process that this peer calls `peerPid`. */
  ofConsumer(peer: string, peerPid: string): Promise<StoredTransfer | undefined>
  /** The token of the transfer and the version of its state: a cheap read for every chunk. */
  access(pid: string): Promise<{ readonly version: number; readonly token: AccessToken | undefined } | undefined>
  /** Pushes the expiry of this very token on; does not change the version. */
  extend(pid: string, token: AccessToken): Promise<void>
  /** The sealed sink of a push, until it is erased. */
  sink(pid: string): Promise<Uint8Array | undefined>
  /** Does not change the version. */
  eraseSink(pid: string): Promise<void>
  /** Highest `use` under the agreement, 0 for none. */
  uses(agreementId: string): Promise<number>
  /** Not completed and not terminated, in this role. */
  running(filter: { readonly agreementId: string; readonly role: Transfer['role'] }): Promise<StoredTransfer[]>
  /** All transfers under the agreement, at most 1,000. */
  ofAgreement(agreementId: string): Promise<Transfer[]>
  /** Newest change first; `before` in ms since 1970. */
  list(page: { readonly limit: number; readonly before?: number }): Promise<Transfer[]>
}
