import type { AgreementRecord, Negotiation } from '../../schemas/negotiation.ts'
import type { Role } from '../../schemas/dsp.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

export interface StoredNegotiation {
  readonly process: Negotiation
  /** Counts the changes; the optimistic lock of `change`. */
  readonly version: number
}

export interface NegotiationChange extends StoredNegotiation {
  /** Written with the change when the agreement became final. */
  readonly agreement?: AgreementRecord
  readonly effects: Effects
}

export interface Page {
  readonly limit: number
  /** ms since 1970 */
  readonly before?: number
}

/** Persistence of negotiations and agreements. Every method is atomic. */
export interface NegotiationStore {
  /** conflict: the process exists, or one in the same role with the same peer and the peer's process id. */
  insert(process: Negotiation, effects: Effects): Promise<CommitResult>
  /** `version` is the one that was read. conflict: it was changed since. */
  change(change: NegotiationChange): Promise<CommitResult>
  get(pid: string): Promise<StoredNegotiation | undefined>
  /** The process, in this role, that the peer calls `peerPid`. */
  ofPeer(peer: { role: Role; peer: string; peerPid: string }): Promise<StoredNegotiation | undefined>
  /** Those with a request (provider) or an offer (consumer) on the table and nothing pending; newest change first. */
  answerable(limit: number): Promise<Negotiation[]>
  /** The negotiation that holds this agreement, final or not. */
  ofAgreement(agreementId: string): Promise<StoredNegotiation | undefined>
  /** Newest change first. */
  list(page: Page): Promise<Negotiation[]>
  agreement(id: string): Promise<AgreementRecord | undefined>
  /** Newest first. */
  agreements(page: Page): Promise<AgreementRecord[]>
  /** Provider: marks the agreements on the dataset that are not revoked yet; returns all that are now. */
  revoke(datasetId: string, revoked: NonNullable<AgreementRecord['revoked']>): Promise<AgreementRecord[]>
}
