import * as z from 'zod'
import { utf8 } from '../../protocol/canonical/hash.ts'
import { searchedDataset, type SearchedDataset } from '../../protocol/catalog/filter.ts'
import { renderDataset } from '../../protocol/catalog/render.ts'
import { CROISSANT_PROFILE } from '../../schemas/catalog.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { PublishedDataset, StoredDataset } from '../datasets/operations.ts'
import { errorFields } from '../telemetry/logger.ts'
import type { CatalogDeps } from './operations.ts'
import { WeighedCache } from './weighed-cache.ts'

/** Offers of a dataset that somebody may see: their places in its record, as `0,2`. Empty: the dataset is not to be seen. */
export type Shown = string

/** What the catalog needs of a published dataset, made once for each revision. */
export interface CatalogEntry {
  readonly id: string
  readonly revision: number
  readonly offers: readonly Offer[]
  readonly searched: SearchedDataset
  /** JSON of the dataset with these of its offers. */
  json(shown: Shown): Uint8Array
}

/** Why a published dataset is in nobody's catalog. */
export interface LeftOut {
  readonly revision: number
  readonly fault: string
}

export interface Entries {
  /** Undefined when it is not published any more. */
  get(dataset: PublishedDataset): Promise<CatalogEntry | LeftOut | undefined>
  /** The dataset, if it is published and can be read. */
  read(id: string): Promise<StoredDataset | undefined>
}

/** JSON that is kept; with what belongs to it an entry takes about three times as much. */
const MOST_BYTES = 48_000_000
/** Selections of its offers in which an entry is kept rendered. */
const MOST_VARIANTS = 4
const SMALLEST = 500

export function offersAt<Value>(offers: readonly Value[], shown: Shown): Value[] {
  const places = new Set(shown.split(',').map(Number))
  return offers.filter((_, place) => shown !== '' && places.has(place))
}

/** Entries by dataset, the ones used last within a bound of memory; a dataset of another revision is read anew. */
export function createEntries(deps: Pick<CatalogDeps, 'datasets' | 'identity' | 'partners' | 'log'>): Entries {
  const kept = new WeighedCache<string, CatalogEntry | LeftOut>(MOST_BYTES)
  /** What the record gives, or why it gives nothing. */
  const attempt = async <Made>(
    id: string,
    make: (stored: StoredDataset) => Made,
  ): Promise<Made | Failed | undefined> => {
    try {
      const stored = await deps.datasets.stored(id)
      return stored?.record.state === 'published' ? make(stored) : undefined
    } catch (error) {
      if (!unreadable(error)) throw error
      deps.log.error('catalog-dataset-left-out', { dataset: id, ...errorFields(error) })
      return { failed: faultText(error) }
    }
  }
  return {
    get: async ({ id, revision }) => {
      const found = kept.get(id)
      if (found?.revision === revision) return found
      const made = await attempt(id, (stored) => entryOf(deps, stored))
      if (made === undefined) return undefined
      const entry = 'failed' in made ? { revision, fault: made.failed } : made.entry
      kept.set(id, entry, 'failed' in made ? SMALLEST : made.size)
      return entry
    },
    read: async (id) => {
      const stored = await attempt(id, (stored) => stored)
      return stored === undefined || 'failed' in stored ? undefined : stored
    },
  }
}

interface Failed {
  readonly failed: string
}

/** What a record that this program cannot read or show throws; everything else is a failure of the node. */
function unreadable(error: unknown): boolean {
  return error instanceof z.ZodError || error instanceof SyntaxError || error instanceof TypeError
}

function faultText(error: unknown): string {
  if (error instanceof SyntaxError) return 'its record is not JSON'
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error)
  const places = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`)
  return `its record cannot be read: ${places.join('; ')}`
}

function entryOf(
  { identity, partners }: Pick<CatalogDeps, 'identity' | 'partners'>,
  { record, revision }: StoredDataset,
): { entry: CatalogEntry; size: number } {
  const described = describedOnly(record)
  const { offers } = record
  const service = `${partners.address}#service`
  const render = (some: readonly Offer[]) => utf8(JSON.stringify(renderDataset(described, some, service)))
  const all = offers.map((_, place) => place).join()
  const variants = new Map([[all, render(offers)]])
  const json = (shown: Shown) => {
    const known = variants.get(shown)
    if (known !== undefined) return known
    const made = render(offersAt(offers, shown))
    if (variants.size < MOST_VARIANTS) variants.set(shown, made)
    return made
  }
  const searched = searchedDataset(record, { conformsTo: CROISSANT_PROFILE, publisher: identity.did })
  const selections = Math.min(2 ** offers.length - 1, MOST_VARIANTS)
  const size = SMALLEST + json(all).length * selections
  return { entry: { id: record.id, revision, offers, searched, json }, size }
}

/** Without the members that a catalog does not show: a record may list thousands of columns and files. */
function describedOnly(record: DatasetRecord) {
  const { id, name, version, title, description, keywords, language, publishedAt, manifestId, release } = record
  return {
    id,
    name,
    version,
    title,
    description,
    keywords,
    language,
    publishedAt,
    manifestId,
    ...(release === undefined ? {} : { release }),
  }
}
