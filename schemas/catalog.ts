import * as z from 'zod'
import { DspContext, faultMembers, messageMembers, oneOrMany } from './dsp.ts'
import { Iri, ParticipantId, ONE_LINE } from './ids.ts'
import { Decision, Offer } from './policy.ts'

/** Property of a DCAT dataset that names its signed manifest (`sha256:<hex>`). */
export const MANIFEST_MEMBER = 'urn:tanemaki:manifest:v1'
/** Property of a DCAT dataset under controlled release: the owner's statement. */
export const CONTROLLED_RELEASE_MEMBER = 'urn:tanemaki:controlled-release:v1'
/** What the packed description of every dataset of this node conforms to. */
export const CROISSANT_PROFILE = 'http://mlcommons.org/croissant/1.1'

export const CatalogRequestMessage = z.object({
  ...messageMembers,
  '@type': z.literal('CatalogRequestMessage'),
  filter: oneOrMany(z.unknown()),
})
export type CatalogRequestMessage = z.infer<typeof CatalogRequestMessage>

/** `@type` of our filter in a CatalogRequestMessage; docs/spec/exchange.md says what each member means. */
export const CATALOG_FILTER = 'urn:tanemaki:catalog-filter:v1'

const filterText = (longest: number) =>
  z.string().trim().min(1).max(longest).regex(ONE_LINE, 'holds control characters')

/** Which datasets of a catalog are asked for: those that fit every member. */
export const CatalogFilter = z.strictObject({
  /** Words that all stand in title, description or name. */
  text: filterText(256).optional(),
  /** `participantId` of the catalog that offers them. */
  publisher: filterText(512).optional(),
  /** All of these. */
  keyword: z
    .preprocess(
      (value) => (value === undefined || Array.isArray(value) ? value : [value]),
      z.array(filterText(64)).min(1).max(8).optional(),
    )
    .optional(),
  conformsTo: filterText(512).optional(),
  /** An offer that the asker sees permits it. */
  purpose: filterText(512).optional(),
})
export type CatalogFilter = z.infer<typeof CatalogFilter>

/** Where a published dataset stands in the catalog: those created last first (ms since 1970), those of one moment by id, highest first. */
export const CatalogPlace = z.strictObject({ createdAt: z.int(), id: z.string().max(2048) })
export type CatalogPlace = z.infer<typeof CatalogPlace>

/** Datasets of a page, unless the asker wants fewer: the first one comes quickly, the others are for who reads them all. */
export const FIRST_PAGE = 100
export const LATER_PAGE = 500

/** What a continuation token holds: everything that the next page depends on. Opaque to peers. */
export const CatalogContinuation = z.strictObject({
  v: z.literal(1),
  /** Exactly one of both: the datasets that follow the place, or those that precede it. */
  after: CatalogPlace.optional(),
  before: CatalogPlace.optional(),
  limit: z.int().min(1).max(LATER_PAGE),
  filter: CatalogFilter,
})
export type CatalogContinuation = z.infer<typeof CatalogContinuation>

/** Has a schema in DSP 2025-1 but no HTTP use. */
export const DatasetRequestMessage = z.object({
  ...messageMembers,
  '@type': z.literal('DatasetRequestMessage'),
  dataset: Iri,
})
export type DatasetRequestMessage = z.infer<typeof DatasetRequestMessage>

export const CatalogError = z.object({
  ...messageMembers,
  '@type': z.literal('CatalogError'),
  ...faultMembers,
})
export type CatalogError = z.infer<typeof CatalogError>

export const DataService = z.looseObject({
  '@id': Iri,
  '@type': z.literal('DataService'),
  endpointURL: z.string().max(2048),
})
export type DataService = z.infer<typeof DataService>

export const Distribution = z.looseObject({
  '@type': z.literal('Distribution').default('Distribution'),
  format: z.string().max(256),
  accessService: z.union([z.string().max(2048), DataService]),
})
export type Distribution = z.infer<typeof Distribution>

/** Dataset of a catalog. Its DCAT and DCT properties are optional and come in several spellings; protocol/catalog reads them. */
export const CatalogDataset = z.looseObject({
  '@id': Iri,
  '@type': z.literal('Dataset').default('Dataset'),
  hasPolicy: oneOrMany(Offer),
  distribution: oneOrMany(Distribution),
})
export type CatalogDataset = z.infer<typeof CatalogDataset>

/** Answer to `GET /catalog/datasets/:id`. */
export const RootDataset = CatalogDataset.extend({ '@context': DspContext })
export type RootDataset = z.infer<typeof RootDataset>

/** Root catalog. Datasets are parsed one by one, so that an unreadable one does not hide the rest. */
export const Catalog = z.looseObject({
  '@context': DspContext,
  '@id': Iri,
  '@type': z.literal('Catalog'),
  participantId: Iri,
  service: oneOrMany(DataService),
  dataset: z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(z.unknown()).max(10_000).optional(),
  ),
  catalog: oneOrMany(z.unknown()),
})
export type Catalog = z.infer<typeof Catalog>

/** `GET <root>/.well-known/dspace-version`. */
export const ProtocolVersions = z.object({
  protocolVersions: z
    .array(z.looseObject({ version: z.string(), path: z.string(), binding: z.string() }))
    .min(1)
    .max(64),
})
export type ProtocolVersions = z.infer<typeof ProtocolVersions>

/** One dataset of a partner as this node shows it. */
export const RemoteDataset = z.object({
  provider: ParticipantId,
  id: Iri,
  title: z.string().optional(),
  description: z.string().optional(),
  keywords: z.array(z.string()),
  manifestId: z.string().optional(),
  /** Statement with which the owner answers for it, because gates of the rulebook lacked evidence. */
  controlledRelease: z.string().optional(),
  formats: z.array(z.string()),
  offers: z.array(Offer),
})
export type RemoteDataset = z.infer<typeof RemoteDataset>

/** What browsing a partner gave. */
export const RemoteCatalog = z.object({
  provider: ParticipantId,
  datasets: z.array(RemoteDataset),
  /** Datasets left out because they could not be read. */
  unreadable: z.int().nonnegative(),
  /** The partner offers more than were read. */
  more: z.boolean(),
})
export type RemoteCatalog = z.infer<typeof RemoteCatalog>

/** Dry run of an offer for a party: what would be decided now, and why; and whether it could make new datasets from the data. */
export const OfferForecast = z.object({ offerId: Iri, decision: Decision, derivation: Decision })
export type OfferForecast = z.infer<typeof OfferForecast>

/** A published dataset of this node that no partner sees as it was meant, and why. */
export const CatalogFault = z.object({ dataset: z.string(), offerId: z.string().optional(), reason: z.string() })
export type CatalogFault = z.infer<typeof CatalogFault>

/** State of this node's own catalog. */
export const CatalogCheck = z.object({ published: z.int().nonnegative(), faults: z.array(CatalogFault) })
export type CatalogCheck = z.infer<typeof CatalogCheck>
