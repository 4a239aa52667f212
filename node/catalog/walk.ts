import { filterTest } from '../../protocol/catalog/filter.ts'
import type { PageRequest } from '../../protocol/catalog/query.ts'
import type { PublishedDataset } from '../datasets/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { Viewer } from './decisions.ts'
import type { CatalogEntry, Entries, Shown } from './entries.ts'
import type { CatalogDeps } from './operations.ts'

/** A dataset as somebody sees it. */
export interface Seen {
  readonly place: PublishedDataset
  readonly entry: CatalogEntry
  readonly shown: Shown
}

interface Walk {
  readonly request: Pick<PageRequest, 'filter' | 'from'>
  /** Which offers are seen, and which of them permit the purpose that the filter names. */
  readonly sees: Viewer
  readonly permits: Viewer
}

interface WalkDeps extends Pick<CatalogDeps, 'datasets' | 'clock'> {
  readonly entries: Entries
}

const BATCH = 128
/** How long a walk keeps the event loop to itself, and a little more. */
const LONGEST_MS = 10

/** The published datasets from a place of the catalog on, in its order or against it. */
export async function* publishedFrom(
  { datasets, clock }: Pick<WalkDeps, 'datasets' | 'clock'>,
  from: PageRequest['from'],
): AsyncGenerator<PublishedDataset> {
  const direction = from !== undefined && 'before' in from ? 'before' : 'after'
  let range: object = from ?? {}
  let rested = clock.now()
  for (;;) {
    const batch = await datasets.published({ limit: BATCH, ...range })
    for (const dataset of batch) {
      yield dataset
      if (clock.now() - rested < LONGEST_MS) continue
      await rest(clock)
      rested = clock.now()
    }
    const last = batch.at(-1)
    if (last === undefined || batch.length < BATCH) return
    range = { [direction]: last }
  }
}

function rest(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(0, resolve))
}

/** The datasets that are seen and fit the filter. */
export async function* seenFrom(deps: WalkDeps, { request, sees, permits }: Walk): AsyncGenerator<Seen> {
  const fits = filterTest(request.filter)
  for await (const place of publishedFrom(deps, request.from)) {
    const shown = await sees(place)
    if (shown === '') continue
    const entry = await deps.entries.get(place)
    if (entry === undefined || 'fault' in entry || !fits(entry.searched)) continue
    if (request.filter.purpose === undefined || (await permits(place)) !== '') yield { place, entry, shown }
  }
}
