import type { RowPlan } from './compile.ts'

/**
 * Names of the sources whose records can show in a cell of each column: those that it reads itself, and those of every column
 * that it needs, in a template or a condition.
 */
export function sourcesSeenBy(plan: RowPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, ReadonlySet<string>>()
  for (const { column, needs } of plan.columns) {
    const own = 'source' in column ? [column.source] : []
    seen.set(column.name, new Set([...own, ...needs.flatMap((need) => [...(seen.get(need) ?? [])])]))
  }
  return seen
}
