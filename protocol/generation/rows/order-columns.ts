/** A column, and the names that it needs. */
interface Needing {
  readonly name: string
  readonly needs: readonly string[]
}

/** Columns in an order in which they can be made, with their stages; or the names of a circle, first and last the same. */
export function orderColumns<Column extends Needing>(
  columns: readonly Column[],
):
  | { readonly ordered: readonly { readonly column: Column; readonly stage: number }[] }
  | { readonly circle: string[] } {
  const stages = new Map<string, number>()
  const ordered: { column: Column; stage: number }[] = []
  const names = new Set(columns.map(({ name }) => name))
  let waiting = columns
  while (waiting.length > 0) {
    const next = waiting.find(({ needs }) => needs.every((need) => stages.has(need) || !names.has(need)))
    if (next === undefined) return { circle: circleOf(waiting) }
    const stage = next.needs.reduce((latest, need) => Math.max(latest, (stages.get(need) ?? -1) + 1), 0)
    stages.set(next.name, stage)
    ordered.push({ column: next, stage })
    waiting = waiting.filter((each) => each !== next)
  }
  return { ordered }
}

/** Each of these columns needs another of them: following the needs comes back to where it was. */
function circleOf(columns: readonly Needing[]): string[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const path: string[] = []
  let name = columns[0]?.name
  while (name !== undefined && !path.includes(name)) {
    path.push(name)
    name = byName.get(name)?.needs.find((need) => byName.has(need))
  }
  return name === undefined ? path : [...path.slice(path.indexOf(name)), name]
}
