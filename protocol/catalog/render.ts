import {
  type Catalog,
  CatalogDataset,
  CONTROLLED_RELEASE_MEMBER,
  CROISSANT_PROFILE,
  type DataService,
  MANIFEST_MEMBER,
  type RemoteDataset,
} from '../../schemas/catalog.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { Did, ParticipantId } from '../../schemas/ids.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { Offer } from '../../schemas/policy.ts'
import { TRANSFER_FORMATS } from '../../schemas/transfer.ts'
import { concatBytes, utf8 } from '../canonical/hash.ts'

export type DescribedDataset = Pick<
  DatasetRecord,
  | 'id'
  | 'name'
  | 'version'
  | 'title'
  | 'description'
  | 'keywords'
  | 'language'
  | 'publishedAt'
  | 'manifestId'
  | 'release'
>

/**
 * DCAT dataset of DSP 2025-1 (catalog/dataset-schema). Titles and the like carry the prefixes that DSP's context defines.
 * `service`: the id of a data service of the same catalog, or the service itself where the dataset stands alone.
 */
export function renderDataset(
  dataset: DescribedDataset,
  offers: readonly Offer[],
  service: string | DataService,
): CatalogDataset {
  if (offers.length === 0) throw new TypeError('a dataset without an offer has no place in a catalog')
  return {
    '@id': dataset.id,
    '@type': 'Dataset',
    'dct:title': dataset.title,
    'dct:description': dataset.description,
    'dct:language': dataset.language,
    'dcat:version': dataset.version,
    ...(dataset.keywords.length === 0 ? {} : { 'dcat:keyword': [...dataset.keywords] }),
    ...(dataset.publishedAt === undefined ? {} : { 'dct:issued': dataset.publishedAt }),
    'dct:conformsTo': CROISSANT_PROFILE,
    ...(dataset.manifestId === undefined ? {} : { [MANIFEST_MEMBER]: dataset.manifestId }),
    ...(dataset.release === undefined ? {} : { [CONTROLLED_RELEASE_MEMBER]: dataset.release.statement }),
    hasPolicy: [...offers],
    distribution: TRANSFER_FORMATS.map((format) => ({ '@type': 'Distribution', format, accessService: service })),
  }
}

export interface CatalogParts {
  readonly id: string
  readonly participantId: Did
  readonly service: DataService
  readonly datasets: readonly CatalogDataset[]
}

/** Root catalog of DSP 2025-1 (catalog/catalog-schema); `dataset` is absent when there is none to show. */
export function renderCatalog({ id, participantId, service, datasets }: CatalogParts): Catalog {
  return {
    '@context': [DSP_CONTEXT],
    '@id': id,
    '@type': 'Catalog',
    participantId,
    service: [service],
    ...(datasets.length === 0 ? {} : { dataset: [...datasets] }),
  }
}

/** The JSON of renderCatalog in UTF-8, for datasets that are such JSON already. */
export function catalogJson(parts: Omit<CatalogParts, 'datasets'>, datasets: readonly Uint8Array[]): Uint8Array {
  const empty = JSON.stringify(renderCatalog({ ...parts, datasets: [] }))
  const [first, ...others] = datasets
  if (first === undefined) return utf8(empty)
  const comma = utf8(',')
  const listed = others.flatMap((dataset) => [comma, dataset])
  return concatBytes(utf8(`${empty.slice(0, -1)},"dataset":[`), first, ...listed, utf8(']}'))
}

/** A dataset of a partner's catalog as this node shows it; undefined when it cannot be read. */
export function readRemoteDataset(provider: ParticipantId, value: unknown): RemoteDataset | undefined {
  const parsed = CatalogDataset.safeParse(value)
  if (!parsed.success) return undefined
  const dataset = parsed.data
  const title = textOf(dataset, ['dct:title', 'title', 'name', 'edc:name'])
  const description = textOf(dataset, ['dct:description', 'description'])
  const manifestId = textOf(dataset, [MANIFEST_MEMBER])
  const controlledRelease = textOf(dataset, [CONTROLLED_RELEASE_MEMBER])
  return {
    provider,
    id: dataset['@id'],
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    keywords: textsOf(dataset, ['dcat:keyword', 'keyword']),
    ...(manifestId === undefined ? {} : { manifestId }),
    ...(controlledRelease === undefined ? {} : { controlledRelease }),
    formats: (dataset.distribution ?? []).map((distribution) => distribution.format),
    offers: dataset.hasPolicy ?? [],
  }
}

const LONGEST = 20_000

function textsOf(dataset: CatalogDataset, names: readonly string[]): string[] {
  for (const name of names) {
    const value = dataset[name]
    const values: unknown[] = Array.isArray(value) ? value : [value]
    const texts = values
      .map((item) => (typeof item === 'object' && item !== null && '@value' in item ? item['@value'] : item))
      .filter((item) => typeof item === 'string')
    if (texts.length > 0) return texts.slice(0, 256).map((text) => text.slice(0, LONGEST))
  }
  return []
}

function textOf(dataset: CatalogDataset, names: readonly string[]): string | undefined {
  return textsOf(dataset, names)[0]
}
