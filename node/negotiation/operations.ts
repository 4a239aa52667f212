import type { AgreementRecord, ExchangeRequest, Negotiation } from '../../schemas/negotiation.ts'

export interface ListOptions {
  /** At most 500; default 100. */
  readonly limit?: number
  /** Only processes changed before this time (ms since 1970). */
  readonly before?: number
}

/** Contracts of this node with its partners, in both roles. */
export interface Negotiations {
  /**
   * Asks a provider for a dataset under one of its offers and returns at once; jobs carry the negotiation on.
   * Throws Refused: `not-found` (no such dataset or offer), `policy-not-understood` (terms this node cannot keep),
   * `peer-refused`, `peer-unreachable`, `unauthorized`.
   */
  request(request: ExchangeRequest): Promise<Negotiation>
  get(pid: string): Promise<Negotiation | undefined>
  /** Newest change first. */
  list(options?: ListOptions): Promise<Negotiation[]>
  /** The process now and after every change, ending with its final state or when the signal aborts. */
  watch(pid: string, signal?: AbortSignal): AsyncIterable<Negotiation>
  /** Ends the negotiation from this side. Throws Refused `not-found`, `conflict` when it is final. */
  terminate(pid: string, reason: string): Promise<Negotiation>
  /** A finalized agreement, in either role. */
  agreement(id: string): Promise<AgreementRecord | undefined>
  /** Newest first. */
  agreements(options?: ListOptions): Promise<AgreementRecord[]>
  /**
   * The agreement that `peer` (its consumer) refers to in a transfer request. That the consumer refers to it proves that it
   * holds it as final, so a finalization whose acknowledgement is still on its way counts.
   */
  agreementForConsumer(id: string, peer: string): Promise<AgreementRecord | undefined>
  /** Provider: marks every agreement on the dataset as revoked, and returns them. */
  revoke(datasetId: string, reason: string): Promise<AgreementRecord[]>
}
