import type { RowPlan } from './row-plan.ts'

/**
 * Names of the sources whose records can show in a cell of each column: those that it reads itself, and those of every column
 * that it needs, in a template or a condition.
 */
export function sourcesSeenBy(plan: RowPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, ReadonlySet<string>>()
  for (const planned of plan.columns) {
    const own = planned.kind === 'record' ? [planned.source] : []
    const needed = planned.needs.flatMap((need) => [...(seen.get(need) ?? [])])
    seen.set(planned.name, new Set([...own, ...needed]))
  }
  return seen
}
