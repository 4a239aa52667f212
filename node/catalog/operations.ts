import type { Peer } from '../identity/operations.ts'
import type { OfferForecast, RemoteCatalog, RemoteDataset, RootDataset } from '../../schemas/catalog.ts'
import type { Did } from '../../schemas/ids.ts'
import type { MessageOffer, Offer, OfferTermsInput } from '../../schemas/policy.ts'

/** One page of the catalog as a peer may see it. */
export interface CatalogPage {
  readonly catalog: unknown
  /** Query parameter value of the next page, when there is one. */
  readonly next?: string
  readonly previous?: string
}

export interface CatalogQuery {
  readonly filter?: readonly unknown[]
  readonly continuation?: string
}

/** A published dataset and the offer of it that a request names. */
export interface OwnOffer {
  readonly datasetId: string
  readonly manifestId?: string
  readonly offer: Offer
}

export interface ExplainRequest {
  readonly provider: Did
  readonly dataset: string
  readonly purpose?: string
}

export interface ExplainOwnRequest {
  readonly dataset: string
  readonly partner: Did
  readonly purpose?: string
}

/** What this node offers, what partners offer, and what would be decided about either. */
export interface Catalogs {
  /** Throws Refused `invalid-request` for a filter that this node does not support. */
  page(peer: Peer, query: CatalogQuery): Promise<CatalogPage>
  /** Undefined for a dataset that is unknown, not published or not visible to the peer. */
  dataset(peer: Peer, id: string): Promise<RootDataset | undefined>
  /** The published dataset that holds the offer now. */
  findOffer(offer: MessageOffer): Promise<OwnOffer | undefined>
  browse(provider: Did): Promise<RemoteCatalog>
  /** Throws Refused `not-found`. */
  show(provider: Did, dataset: string): Promise<RemoteDataset>
  /** Dry run of a partner's offers with this node's own membership and purpose. */
  explain(request: ExplainRequest): Promise<OfferForecast[]>
  /** Dry run of this node's own offers for a named partner, membership as the participant list says. */
  explainOwn(request: ExplainOwnRequest): Promise<OfferForecast[]>
  /** Writes an offer from a filled-in template. Throws Refused `policy-refused` naming every member that the rulebook refuses. */
  writeOffer(terms: OfferTermsInput): Promise<Offer>
}
