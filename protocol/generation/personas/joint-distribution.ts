import type { ImpossibleCombination } from '../../../schemas/personas.ts'
import { refuse } from '../../refusal.ts'
import { type Axis, type AxisGroup, axisSize } from './axes.ts'
import { dimensionSize, type PopulationTable, type TableDimension } from './population-table.ts'

/** Combinations of values of one group at most. */
const MOST_COMBINATIONS = 1 << 21
const ROUNDS = 500
const STILL = 1e-10

/** A table beside the combinations of its group. */
export interface FittedTable {
  readonly table: PopulationTable
  /** Which cell of the table each combination falls into, or -1 when the table is not about it. */
  readonly cellOf: Int32Array
  /** What is fitted: the counts, scaled so that earlier tables hold over the attributes that these brought. */
  readonly wanted: Float64Array
  /** Total variation distance between the counts and what is fitted. */
  readonly scaledBy: number
}

type Placed = Pick<FittedTable, 'table' | 'cellOf'>

/** Joint distribution of the attributes of a group; combinations with the last axis fastest. */
export interface JointDistribution {
  readonly axes: readonly Axis[]
  readonly shares: Float64Array
  readonly tables: readonly FittedTable[]
}

/**
 * The distribution of greatest entropy that has the shares of every table and none of the impossible combinations: iterative
 * proportional fitting (Deming and Stephan 1940; Darroch and Ratcliff 1972) from a start that is even over ages and values.
 * A table about a part of the population is fitted within that part. A table that brings an attribute says how it is distributed
 * given the attributes of earlier tables; how those are distributed, the earlier tables say. Throws Refused `too-large`.
 */
export function fitJoint({ axes, tables, rules }: AxisGroup): JointDistribution {
  const size = axes.reduce((product, axis) => product * axisSize(axis), 1)
  if (size > MOST_COMBINATIONS) {
    refuse(
      'too-large',
      `the tables connect ${axes.map(({ attribute }) => attribute).join(', ')} to ${size} combinations; at most ${MOST_COMBINATIONS} are possible`,
      'Use coarser values, or leave out a table that connects attributes.',
    )
  }
  const codes = axes.map((_, at) => codesOf(axes, at, size))
  const shares = startOf(axes, codes, size)
  const placed = tables.map((table) => ({ table, cellOf: cellsOf(table, axes, codes) }))
  excludeUncovered(shares, { axes, codes, placed })
  for (const rule of rules) excludeCombination(shares, { rule, axes, codes })
  scaleToOne(shares)
  const fitted: FittedTable[] = []
  for (const { table, cellOf } of placed) {
    const known = new Set(fitted.flatMap((each) => each.table.dimensions.map(({ attribute }) => attribute)))
    const wanted = scaledCounts(table, { known, now: foldInto({ table, cellOf }, shares) })
    fitted.push({ table, cellOf, wanted, scaledBy: distance(table.counts, wanted) })
    settle(shares, fitted)
  }
  return { axes, shares, tables: fitted }
}

function settle(shares: Float64Array, tables: readonly FittedTable[]): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const moved = tables.reduce((most, each) => Math.max(most, fitTable(shares, each)), 0)
    if (moved < STILL) break
  }
  scaleToOne(shares)
}

/** The counts of a table that brings an attribute, with the shares that earlier tables have given the others. */
function scaledCounts(
  { dimensions, counts }: PopulationTable,
  { known, now }: { known: ReadonlySet<string>; now: Float64Array },
): Float64Array {
  const shared = dimensions.filter(({ attribute }) => known.has(attribute)).length
  if (shared === 0 || shared === dimensions.length) return counts
  const groupOf = counts.map((_, cell) => {
    let rest = cell
    let key = 0
    let width = 1
    for (const dimension of [...dimensions].reverse()) {
      const size = dimensionSize(dimension)
      if (known.has(dimension.attribute)) {
        key += width * (rest % size)
        width *= size
      }
      rest = Math.floor(rest / size)
    }
    return key
  })
  const own = new Float64Array(counts.length)
  const due = new Float64Array(counts.length)
  for (const [cell, count] of counts.entries()) {
    const group = groupOf[cell] ?? 0
    if (count > 0) own[group] = (own[group] ?? 0) + count
    due[group] = (due[group] ?? 0) + (now[cell] ?? 0)
  }
  return counts.map((count, cell) => {
    const group = groupOf[cell] ?? 0
    return count > 0 ? (count * (due[group] ?? 0)) / (own[group] ?? 1) : count
  })
}

function codesOf(axes: readonly Axis[], at: number, size: number): Uint16Array {
  const own = axes[at]
  const period = axes.slice(at + 1).reduce((product, axis) => product * axisSize(axis), 1)
  const values = own === undefined ? 1 : axisSize(own)
  return Uint16Array.from({ length: size }, (_, cell) => Math.floor(cell / period) % values)
}

function startOf(axes: readonly Axis[], codes: readonly Uint16Array[], size: number): Float64Array {
  const shares = new Float64Array(size).fill(1)
  for (const [at, axis] of axes.entries()) {
    if (!('bands' in axis)) continue
    for (let cell = 0; cell < size; cell += 1) {
      const band = axis.bands[codes[at]?.[cell] ?? 0]
      if (band !== undefined) shares[cell] = (shares[cell] ?? 0) * (band.to - band.from)
    }
  }
  return shares
}

/** For each value of an axis its place in the table's dimension, or -1. */
function placesIn(dimension: TableDimension, axis: Axis): Int32Array {
  if ('bands' in axis) {
    const bands = 'bands' in dimension ? dimension.bands : []
    return Int32Array.from(axis.bands, (own) => bands.findIndex((band) => band.from <= own.from && own.to <= band.to))
  }
  const values = 'values' in dimension ? dimension.values : []
  return Int32Array.from(axis.values, (value) => values.indexOf(value))
}

function cellsOf(table: PopulationTable, axes: readonly Axis[], codes: readonly Uint16Array[]): Int32Array {
  const size = codes[0]?.length ?? 0
  const cellOf = new Int32Array(size)
  for (const dimension of table.dimensions) {
    const at = axes.findIndex(({ attribute }) => attribute === dimension.attribute)
    const [axis, own] = [axes[at], codes[at]]
    if (axis === undefined || own === undefined) throw new TypeError('a table of another group')
    const places = placesIn(dimension, axis)
    const width = dimensionSize(dimension)
    for (let cell = 0; cell < size; cell += 1) {
      const place = places[own[cell] ?? 0] ?? -1
      const before = cellOf[cell] ?? -1
      cellOf[cell] = before < 0 || place < 0 ? -1 : before * width + place
    }
  }
  return cellOf.map((cell) => (cell >= 0 && Number.isNaN(table.counts[cell]) ? -1 : cell))
}

/** Whoever the table that brings an attribute is about has a value of it, and nobody else has. */
function excludeUncovered(
  shares: Float64Array,
  { axes, codes, placed }: { axes: readonly Axis[]; codes: readonly Uint16Array[]; placed: readonly Placed[] },
): void {
  const seen = new Set<string>()
  for (const { table, cellOf } of placed) {
    const names = table.dimensions.map(({ attribute }) => attribute)
    const brought = axes.flatMap((axis, at) =>
      axis.partial && names.includes(axis.attribute) && !seen.has(axis.attribute) ? [at] : [],
    )
    const shared = axes.flatMap(({ attribute }, at) => (names.includes(attribute) && seen.has(attribute) ? [at] : []))
    for (const name of names) seen.add(name)
    if (brought.length === 0) continue
    const keyOf = (cell: number) => shared.reduce((key, at) => key * 65_536 + (codes[at]?.[cell] ?? 0), 0)
    const covered = new Set<number>()
    for (let cell = 0; cell < shares.length; cell += 1) if ((cellOf[cell] ?? -1) >= 0) covered.add(keyOf(cell))
    for (let cell = 0; cell < shares.length; cell += 1) {
      const absent = brought.filter((at) => codes[at]?.[cell] === axisSize(axes[at] ?? noAxis) - 1).length
      if (absent !== (covered.has(keyOf(cell)) ? 0 : brought.length)) shares[cell] = 0
    }
  }
}
const noAxis: Axis = { attribute: '', values: [], partial: false }

function excludeCombination(
  shares: Float64Array,
  { rule, axes, codes }: { rule: ImpossibleCombination; axes: readonly Axis[]; codes: readonly Uint16Array[] },
): void {
  const meets = rule.never.map((condition) => {
    const at = axes.findIndex(({ attribute }) => attribute === condition.attribute)
    const axis = axes[at] ?? noAxis
    const holds =
      'bands' in axis
        ? axis.bands.map(
            ({ from, to }) =>
              !('in' in condition) && from >= (condition.from ?? 0) && to <= (condition.below ?? Number.MAX_VALUE),
          )
        : axis.values.map((value) => 'in' in condition && condition.in.includes(value))
    return { own: codes[at] ?? new Uint16Array(0), holds }
  })
  for (let cell = 0; cell < shares.length; cell += 1) {
    if (meets.every(({ own, holds }) => holds[own[cell] ?? 0] === true)) shares[cell] = 0
  }
}

function scaleToOne(shares: Float64Array): void {
  const total = shares.reduce((sum, share) => sum + share, 0)
  if (!(total > 0)) refuse('table-invalid', 'the tables and rules leave no person possible', 'Look at the rules.')
  for (let cell = 0; cell < shares.length; cell += 1) shares[cell] = (shares[cell] ?? 0) / total
}

/** Sums over the cells of a table, of anything that is counted by combination. */
function foldInto({ table, cellOf }: Placed, amounts: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(table.counts.length)
  for (let cell = 0; cell < cellOf.length; cell += 1) {
    const place = cellOf[cell] ?? -1
    if (place >= 0) sums[place] = (sums[place] ?? 0) + (amounts[cell] ?? 0)
  }
  return sums
}

const total = (values: Float64Array) => values.reduce((sum, value) => (value > 0 ? sum + value : sum), 0)

/** Scales the combinations so that the table's shares hold; the greatest change of a share. */
function fitTable(shares: Float64Array, fitted: FittedTable): number {
  const now = foldInto(fitted, shares)
  const wanted = fitted.wanted.map((count, at) => ((now[at] ?? 0) > 0 && count > 0 ? count : 0))
  const scale = total(now) / total(wanted)
  if (!Number.isFinite(scale)) return 0
  let moved = 0
  const factors = wanted.map((count, at) => {
    const own = now[at] ?? 0
    moved = Math.max(moved, Math.abs(count * scale - own))
    return own > 0 ? (count * scale) / own : 0
  })
  for (let cell = 0; cell < shares.length; cell += 1) {
    const place = fitted.cellOf[cell] ?? -1
    if (place >= 0) shares[cell] = (shares[cell] ?? 0) * (factors[place] ?? 0)
  }
  return moved
}

/** Total variation distance of counts by combination from what is fitted, over the persons that the table is about. */
export function distanceFrom(fitted: FittedTable, amounts: ArrayLike<number>): number {
  return distance(fitted.wanted, foldInto(fitted, amounts))
}

function distance(wanted: Float64Array, own: Float64Array): number {
  const [ownTotal, wantedTotal] = [total(own), total(wanted)]
  if (ownTotal === 0) return 1
  let sum = 0
  for (const [at, count] of wanted.entries()) {
    if (!Number.isNaN(count)) sum += Math.abs((own[at] ?? 0) / ownTotal - count / wantedTotal)
  }
  return sum / 2
}
