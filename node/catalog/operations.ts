import type { Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity, Peer } from '../identity/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createForecasts } from './forecasts.ts'
import { createOwnCatalog } from './own-catalog.ts'
import { createRemoteCatalogs } from './remote-catalogs.ts'
import type {
  CatalogCheck,
  CatalogFilter,
  OfferForecast,
  RemoteCatalog,
  RemoteDataset,
  RootDataset,
} from '../../schemas/catalog.ts'
import type { InheritedTerms } from '../../schemas/datasets.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { MessageOffer, Offer, OfferTerms } from '../../schemas/policy.ts'

/** One page of the catalog as a peer may see it. */
export interface CatalogPage {
  /** A Catalog in JSON. */
  readonly json: Uint8Array
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
  readonly provider: ParticipantId
  readonly dataset: string
  readonly purpose?: string
}

export interface ExplainOwnRequest {
  readonly dataset: string
  readonly partner: ParticipantId
  readonly purpose?: string
}

export interface PartnerRequest {
  readonly url: string
  readonly message?: object
  /** A longer answer is none. Default 16 MiB, for catalogs. */
  readonly maxBytes?: number
}

/** What the partner answered. `body` is undefined when it is empty or no JSON. */
export interface PartnerAnswer {
  readonly status: number
  readonly body: unknown
  /** Bytes of the body, unpacked. */
  readonly size: number
  /** Value of the Link header, if there is one. */
  readonly link?: string
  /** The body is a web page: a proxy or a sign-in in front of the partner has answered. */
  readonly page?: boolean
  /** Seconds by which the partner's clock is ahead of this node's, where that is more than a token bears. */
  readonly clockAhead?: number
}

/** Partners of the Dataspace Protocol: where they are, and how to speak to them. */
export interface Partners {
  /** Base URL of this node, version path included, without a trailing slash; also its callback address. */
  readonly address: string
  /** Base URL of the partner, from its DID document and version document. Throws Refused `peer-unreachable`, `unsupported`. */
  addressOf(participant: ParticipantId): Promise<string>
  /** The caller's callback address, if its origin is that of a service in the caller's DID document. Throws Refused. */
  callbackOf(participant: ParticipantId, callbackAddress: string): Promise<string>
  /** How long (ms) this node waits before it speaks in a process, because the peer is not ready earlier; 0 unless configured. */
  pauseFor(participant: ParticipantId): number
  /** Whether it wants its start of a suspended transfer to be answered with a start; false unless configured. */
  awaitsStart(participant: ParticipantId): boolean
  /** POST with a message, GET without; takes packed answers. Throws Refused `peer-unreachable`; every status is an answer. */
  send(participant: ParticipantId, request: PartnerRequest): Promise<PartnerAnswer>
}

/** What this node offers, what partners offer, and what would be decided about either. */
export interface Catalogs {
  /** Throws Refused `invalid-request` for a filter that this node does not support. */
  page(peer: Peer, query: CatalogQuery): Promise<CatalogPage>
  /** Undefined for a dataset that is unknown, not published or not visible to the peer. */
  dataset(peer: Peer, id: string): Promise<RootDataset | undefined>
  /** The published dataset that holds the offer now. */
  findOffer(offer: MessageOffer): Promise<OwnOffer | undefined>
  /** What this node's own catalog cannot show, and why. Reads every published dataset. */
  check(): Promise<CatalogCheck>
  /** Throws Refused `peer-refused`, also for a filter that the partner does not support. */
  browse(provider: ParticipantId, filter?: CatalogFilter): Promise<RemoteCatalog>
  /** Throws Refused `not-found`. */
  show(provider: ParticipantId, dataset: string): Promise<RemoteDataset>
  /** Dry run of a partner's offers with this node's own membership and purpose. */
  explain(request: ExplainRequest): Promise<OfferForecast[]>
  /** Dry run of this node's own offers for a named partner, membership as the participant list says. */
  explainOwn(request: ExplainOwnRequest): Promise<OfferForecast[]>
  /**
   * The offer that the terms make, of a dataset that has inherited terms where these are given. Throws Refused `policy-refused`
   * naming every place that the rulebook or the inherited terms refuse.
   */
  checkTerms(terms: OfferTerms, inherited?: InheritedTerms): Promise<Offer>
  /** As checkTerms, for an offer written by hand. */
  checkOffer(offer: Offer, inherited?: InheritedTerms): Promise<Offer>
}

export interface CatalogDeps {
  readonly datasets: Pick<Datasets, 'published' | 'stored' | 'withOffer' | 'find'>
  readonly governance: Governance
  readonly identity: Identity
  readonly partners: Partners
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export function createCatalogs(deps: CatalogDeps): Catalogs {
  return { ...createOwnCatalog(deps), ...createRemoteCatalogs(deps), ...createForecasts(deps) }
}
