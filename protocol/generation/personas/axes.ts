import type { ImpossibleCombination } from '../../../schemas/personas.ts'
import { closest } from '../../closest.ts'
import { Refused } from '../../refusal.ts'
import { type AgeBand, OPEN_GROUP_YEARS, type PopulationTable } from './population-table.ts'

/**
 * One attribute of the population with all its values. Ages are cut so finely that no table and no rule cuts through a band.
 * `partial`: the table that brings the attribute says nothing about some persons, who then have the last value, an empty one.
 */
export type Axis =
  | { readonly attribute: 'age'; readonly bands: readonly AgeBand[]; readonly partial: false }
  | { readonly attribute: string; readonly values: readonly string[]; readonly partial: boolean }

/** Attributes that tables or rules connect; different groups are taken to be independent. */
export interface AxisGroup {
  readonly axes: readonly Axis[]
  readonly tables: readonly PopulationTable[]
  readonly rules: readonly ImpossibleCombination[]
}

export function axisSize(axis: Axis): number {
  return 'bands' in axis ? axis.bands.length : axis.values.length
}

/** Throws Refused `table-invalid` when a later table has a value that the table which brings the attribute does not know. */
export function groupAxes(
  tables: readonly PopulationTable[],
  rules: readonly ImpossibleCombination[],
): readonly AxisGroup[] {
  const axes = axesOf(tables, rules)
  const known = new Set(axes.map(({ attribute }) => attribute))
  const used = rules.filter(({ never }) => never.every(({ attribute }) => known.has(attribute)))
  const links = [
    ...tables.map(({ dimensions }) => dimensions.map(({ attribute }) => attribute)),
    ...used.map(({ never }) => never.map(({ attribute }) => attribute)),
  ]
  return connected([...known], links).map((group) => ({
    axes: axes.filter(({ attribute }) => group.has(attribute)),
    tables: tables.filter(({ dimensions }) => dimensions.some(({ attribute }) => group.has(attribute))),
    rules: used.filter(({ never }) => never.some(({ attribute }) => group.has(attribute))),
  }))
}

function connected(names: readonly string[], links: readonly (readonly string[])[]): Set<string>[] {
  let groups = names.map((name) => new Set([name]))
  for (const link of links) {
    const [touched, rest] = [
      groups.filter((group) => link.some((name) => group.has(name))),
      groups.filter((group) => !link.some((name) => group.has(name))),
    ]
    groups = [new Set(touched.flatMap((group) => [...group])), ...rest]
  }
  return groups.sort(
    (a, b) => Math.min(...[...a].map((x) => names.indexOf(x))) - Math.min(...[...b].map((x) => names.indexOf(x))),
  )
}

function axesOf(tables: readonly PopulationTable[], rules: readonly ImpossibleCombination[]): Axis[] {
  const axes = new Map<string, Axis>()
  for (const table of tables) {
    const shared = table.dimensions.filter(({ attribute }) => axes.has(attribute))
    for (const dimension of table.dimensions) {
      const { attribute } = dimension
      const before = axes.get(attribute)
      if ('bands' in dimension) {
        if (before === undefined) axes.set('age', { attribute: 'age', bands: ageBands(tables, rules), partial: false })
      } else if (before === undefined) {
        const partial = shared.length > 0 && !coversAll(table, axes)
        axes.set(attribute, { attribute, values: partial ? [...dimension.values, ''] : dimension.values, partial })
      } else if ('values' in before) checkKnown(table, { attribute, values: dimension.values }, before.values)
    }
  }
  return [...axes.values()]
}

/** Whether the table has lines for every value of the attributes that earlier tables brought. */
function coversAll(table: PopulationTable, axes: ReadonlyMap<string, Axis>): boolean {
  const all = table.dimensions.every((dimension) => {
    const axis = axes.get(dimension.attribute)
    if (axis === undefined) return true
    if ('bands' in dimension && 'bands' in axis) {
      return axis.bands.every((own) => dimension.bands.some((band) => band.from <= own.from && own.to <= band.to))
    }
    return 'values' in dimension && 'values' in axis && axis.values.every((value) => dimension.values.includes(value))
  })
  return all && !table.counts.some(Number.isNaN)
}

function checkKnown(
  table: PopulationTable,
  { attribute, values }: { attribute: string; values: readonly string[] },
  known: readonly string[],
): void {
  const unknown = values.filter((value) => !known.includes(value))
  if (unknown.length === 0) return
  throw new Refused({
    code: 'table-invalid',
    detail: `the population table "${table.name}" has values of "${attribute}" that an earlier table does not have`,
    hint: 'Write the values as the first table with this attribute does.',
    errors: unknown.slice(0, 20).map((value) => {
      const near = closest(value, known)
      return {
        path: `${attribute} "${value}"`,
        message: near === undefined ? 'is not known' : `is not known; there is "${near}"`,
      }
    }),
  })
}

function ageBands(tables: readonly PopulationTable[], rules: readonly ImpossibleCombination[]): AgeBand[] {
  const bands = tables.flatMap(({ dimensions }) => dimensions.flatMap((each) => ('bands' in each ? each.bands : [])))
  const last = Math.max(...bands.map(({ from, to }) => (Number.isFinite(to) ? to : from + OPEN_GROUP_YEARS)))
  const cuts = new Set([0, last, ...bands.flatMap(({ from, to }) => [from, Math.min(to, last)])])
  for (const { never } of rules) {
    for (const condition of never) {
      if ('in' in condition) continue
      for (const cut of [condition.from, condition.below]) if (cut !== undefined && cut < last) cuts.add(cut)
    }
  }
  const sorted = [...cuts].sort((a, b) => a - b)
  return sorted.slice(1).map((to, at) => ({ from: sorted[at] ?? 0, to }))
}
