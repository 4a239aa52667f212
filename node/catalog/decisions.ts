import { evaluatePolicy, isUnderstood, type PolicyContext } from '../../protocol/policy/evaluate.ts'
import { nextChange } from '../../protocol/policy/next-change.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { PublishedDataset } from '../datasets/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { Entries, Shown } from './entries.ts'

/** Which offers of a dataset somebody may see. */
export type Viewer = (dataset: PublishedDataset) => Promise<Shown>

interface Decided {
  readonly revision: number
  readonly shown: Shown
  /** The decision holds from here until just before there, in ms since 1970. */
  readonly from: number
  readonly until: number
}

/** Of all viewers together; about 100 bytes each. */
const MOST_DECISIONS = 300_000

/**
 * Decides about each dataset once for every context: who asks, with which memberships, for what, under which operands. What was
 * decided counts until the dataset has another revision or a time in one of its policies comes.
 */
export function createDecisions({ entries, clock }: { readonly entries: Entries; readonly clock: Clock }) {
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
      const shown = entry.offers.flatMap((offer, place) => (evaluatePolicy(offer, context, now).permitted ? place : []))
      const until = Math.min(...entry.offers.map((offer) => nextChange(offer, now)))
      makeRoom()
      const decisions = decisionsOf(key)
      if (!decisions.has(dataset.id)) kept += 1
      decisions.set(dataset.id, { revision: entry.revision, shown: shown.join(), from: now, until })
      return shown.join()
    }
  }
}

/** What in an offer nobody can evaluate under these operands, so that nobody sees it; undefined when all is understood. */
export function notUnderstood(offer: Offer, operands: readonly string[], now: number): string | undefined {
  const context = { scope: 'catalog', recipient: '', memberships: [], use: 1, operands } as const
  const decision = evaluatePolicy(offer, context, now)
  return isUnderstood(decision) ? undefined : decision.reasons.map(({ text }) => text.en).join(' ')
}
