import { evaluatePolicy, isUnderstood, type PolicyContext } from '../../protocol/policy/evaluate.ts'
import { nextChange } from '../../protocol/policy/next-change.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { PublishedDataset } from '../datasets/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { CatalogEntry, Entries, Shown } from './entries.ts'

/** Which offers of a dataset somebody may see. */
export type Viewer = (dataset: PublishedDataset) => Promise<Shown>

interface Decided {
  readonly revision: number
  readonly shown: Shown
  /** The decision holds from here until just before there, in ms since 1970. */
  readonly from: number
  readonly until: number
}

/** Of all viewers together; about 200 bytes each. */
const MOST_DECISIONS = 200_000

/**
 * Decides about each dataset once for every context: who asks, with which memberships, for what, under which operands. What was
 * decided counts until the dataset has another revision or a time in one of its policies comes.
 */
export function createDecisions(deps: { readonly entries: Entries; readonly clock: Clock; readonly log: Logger }) {
  const { entries, clock, log } = deps
  const told = new WeakSet<CatalogEntry>()
  const decide = (entry: CatalogEntry, context: PolicyContext, now: number): Shown => {
    const decisions = entry.offers.map((offer) => evaluatePolicy(offer, context, now))
    if (!decisions.every(isUnderstood) && !told.has(entry)) {
      told.add(entry)
      log.error('catalog-offer-left-out', { dataset: entry.id })
    }
    return decisions.flatMap(({ permitted }, place) => (permitted ? place : [])).join()
  }
  const viewers = new Map<string, Map<string, Decided>>()
  let kept = 0
  const decisionsOf = (key: string) => {
    const decisions = viewers.get(key) ?? new Map<string, Decided>()
    viewers.delete(key)
    viewers.set(key, decisions)
    return decisions
  }
  const makeRoom = () => {
    for (const [key, decisions] of viewers) {
      if (kept < MOST_DECISIONS) return
      kept -= decisions.size
      decisions.clear()
      viewers.delete(key)
    }
  }
  return (context: PolicyContext): Viewer => {
    const key = JSON.stringify(context)
    return async (dataset) => {
      const now = clock.now()
      const known = decisionsOf(key).get(dataset.id)
      if (known?.revision === dataset.revision && known.from <= now && now < known.until) return known.shown
      const entry = await entries.get(dataset)
      if (entry === undefined || 'fault' in entry) return ''
      const shown = decide(entry, context, now)
      const until = Math.min(...entry.offers.map((offer) => nextChange(offer, now)))
      makeRoom()
      const decisions = decisionsOf(key)
      if (!decisions.has(dataset.id)) kept += 1
      decisions.set(dataset.id, { revision: entry.revision, shown, from: now, until })
      return shown
    }
  }
}

/** What in an offer nobody can evaluate under these operands, so that nobody sees it; undefined when all is understood. */
export function notUnderstood(offer: Offer, operands: readonly string[], now: number): string | undefined {
  const context = { scope: 'catalog', recipient: '', memberships: [], use: 1, operands } as const
  const decision = evaluatePolicy(offer, context, now)
  return isUnderstood(decision) ? undefined : decision.reasons.map(({ text }) => text.en).join(' ')
}
