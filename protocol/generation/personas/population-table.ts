import type { PopulationTableHeader } from '../../../schemas/personas.ts'
import { closest } from '../../closest.ts'
import { refuse, Refused } from '../../refusal.ts'

/** Ages from `from` up to and without `to`, in years; `to` is infinite in an open last group. */
export interface AgeBand {
  readonly from: number
  readonly to: number
}

/** One attribute of a table with its values; ages as bands that do not overlap, ascending. */
export type TableDimension =
  | { readonly attribute: 'age'; readonly bands: readonly AgeBand[] }
  | { readonly attribute: string; readonly values: readonly string[] }

/** Counts of persons over all combinations of the dimensions, the last one fastest; NaN where the table says nothing. */
export interface PopulationTable {
  readonly name: string
  readonly kind: PopulationTableHeader['kind']
  readonly source: string
  readonly licence: string
  readonly attribution?: string
  readonly dimensions: readonly TableDimension[]
  readonly counts: Float64Array
}

/** Years that the last group is taken to have where it is open. */
export const OPEN_GROUP_YEARS = 5
const MOST_PLACES = 20
const MOST_CELLS = 1 << 21

export function dimensionSize(dimension: TableDimension): number {
  return 'bands' in dimension ? dimension.bands.length : dimension.values.length
}

interface Line {
  readonly values: readonly (string | AgeBand)[]
  readonly count: number
}

/**
 * A table from the cells of its file, `columns` being those of its first line. Throws Refused `table-invalid` with the places
 * that are wrong.
 */
export function readPopulationTable(
  header: PopulationTableHeader,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): PopulationTable {
  const errors: { path: string; message: string }[] = []
  const lines: Line[] = []
  const at = positionsOf(header, columns)
  for (const [index, row] of rows.entries()) {
    const fault = readLine(header, { row, at }, lines)
    if (fault !== undefined) errors.push({ path: `line ${index + 2}`, message: fault })
    if (errors.length >= MOST_PLACES) break
  }
  if (errors.length > 0) refuseTable(header, 'has lines that cannot be read', errors)
  if (lines.length === 0) refuseTable(header, 'has no lines')
  const { attributes: _, count: __, ...said } = header
  const dimensions = header.attributes.map((attribute, at) => dimensionOf(header, attribute, { lines, at }))
  return { ...withoutAbsent(said), dimensions, counts: countsOf(header, dimensions, lines) }
}

function withoutAbsent(said: Omit<PopulationTableHeader, 'attributes' | 'count'>) {
  const { attribution, ...rest } = said
  return attribution === undefined ? rest : { ...rest, attribution }
}

function refuseTable(
  { name }: PopulationTableHeader,
  detail: string,
  errors: readonly { path: string; message: string }[] = [],
): never {
  throw new Refused({
    code: 'table-invalid',
    detail: `the population table "${name}" ${detail}`,
    hint: 'A table is a CSV file with one column per attribute (age: age_from and age_to) and one of counts; see docs/personas.md.',
    errors,
  })
}

function positionsOf(header: PopulationTableHeader, columns: readonly string[]): Map<string, number> {
  const needed = [
    ...header.attributes.flatMap((name) => (name === 'age' ? ['age_from', 'age_to'] : [name])),
    header.count,
  ]
  const at = new Map(needed.map((name) => [name, columns.indexOf(name)]))
  const missing = needed.filter((name) => at.get(name) === -1)
  if (missing.length === 0) return at
  return refuseTable(
    header,
    'lacks columns',
    missing.map((name) => {
      const near = closest(name, columns)
      return { path: `column "${name}"`, message: near === undefined ? 'is missing' : `is missing; there is "${near}"` }
    }),
  )
}

/** Adds the line, or says what is wrong with it. */
function readLine(
  { attributes, count }: PopulationTableHeader,
  { row, at }: { row: readonly string[]; at: ReadonlyMap<string, number> },
  into: Line[],
): string | undefined {
  const cell = (name: string) => (row[at.get(name) ?? -1] ?? '').trim()
  const persons = cell(count)
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(persons)) return `column "${count}" is no count`
  const values: (string | AgeBand)[] = []
  for (const attribute of attributes) {
    if (attribute === 'age') {
      const [from, to] = [cell('age_from'), cell('age_to')]
      if (!/^\d{1,3}$/.test(from) || !/^(\d{1,3})?$/.test(to)) return 'age_from or age_to is no age'
      const end = to === '' ? Number.POSITIVE_INFINITY : Number(to) + 1
      if (end <= Number(from) || (end > 155 && to !== '')) return 'age_to is below age_from or above 154'
      values.push({ from: Number(from), to: end })
    } else {
      const value = attribute === 'sex' ? sexOf(cell(attribute)) : cell(attribute)
      if (value === '') return `column "${attribute}" is empty`
      values.push(value)
    }
  }
  into.push({ values, count: Number(persons) })
  return undefined
}

const sexes = new Map([
  ['男', 'male'],
  ['男性', 'male'],
  ['女', 'female'],
  ['女性', 'female'],
])
const sexOf = (text: string) => sexes.get(text) ?? text

function dimensionOf(
  header: PopulationTableHeader,
  attribute: string,
  { lines, at }: { lines: readonly Line[]; at: number },
): TableDimension {
  const found = lines.map(({ values }) => values[at] ?? '')
  if (attribute !== 'age') return { attribute, values: [...new Set(found.map(String))] }
  const bands = new Map(found.flatMap((band) => (typeof band === 'string' ? [] : [[`${band.from}-${band.to}`, band]])))
  const sorted = [...bands.values()].sort((a, b) => a.from - b.from || a.to - b.to)
  for (const [index, band] of sorted.entries()) {
    if (index > 0 && band.from < (sorted[index - 1]?.to ?? 0)) refuseTable(header, 'has age groups that overlap')
  }
  return { attribute, bands: sorted }
}

function countsOf(
  header: PopulationTableHeader,
  dimensions: readonly TableDimension[],
  lines: readonly Line[],
): Float64Array {
  const size = dimensions.reduce((product, dimension) => product * dimensionSize(dimension), 1)
  if (size > MOST_CELLS) {
    refuse(
      'too-large',
      `the population table "${header.name}" has more than ${MOST_CELLS} cells`,
      'Use coarser groups.',
    )
  }
  const indexes = dimensions.map(
    (dimension) =>
      new Map<string | number, number>(
        'bands' in dimension
          ? dimension.bands.map((band, at) => [band.from, at])
          : dimension.values.map((value, at) => [value, at]),
      ),
  )
  const counts = new Float64Array(size).fill(Number.NaN)
  for (const { values, count } of lines) {
    let cell = 0
    for (const [at, dimension] of dimensions.entries()) {
      const value = values[at] ?? ''
      cell = cell * dimensionSize(dimension) + (indexes[at]?.get(typeof value === 'string' ? value : value.from) ?? 0)
    }
    if (!Number.isNaN(counts[cell])) refuseTable(header, 'has two lines for one combination')
    counts[cell] = count
  }
  if (!counts.some((count) => count > 0)) refuseTable(header, 'counts nobody')
  return counts
}
