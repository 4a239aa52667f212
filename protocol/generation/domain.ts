import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { toUnits, unitRange } from './cells.ts'

interface Bin {
  readonly low: number
  readonly width: number
  /** Special values inside, ascending: they have cells of their own and are skipped when a value is drawn. */
  readonly specials: readonly number[]
}

/**
 * How a column is cut into cells: first the range's bins in order (or the categories), then one cell per special value,
 * last the empty value where the column is nullable. Depends on the public schema alone.
 */
export interface ColumnCells {
  readonly name: string
  readonly cells: number
  /** The first `ordered` cells have a meaningful order, so that neighbours may be smoothed. */
  readonly ordered: number
  /** Representable values of each cell; tells how wide a cell is. */
  readonly widths: readonly number[]
  /** Cell of a value; total: numbers outside the range go to the nearest bin, unknown codes to the last category. */
  encode(value: number): number
  /** Value of a cell, drawn uniformly from it with `below(n)`, a uniform integer in [0, n). */
  decode(cell: number, below: (n: number) => number): number
}

function binEdges(column: Extract<ModelledColumn, { domain: { min: unknown } }>, min: number, max: number): number[] {
  const range = max - min + 1
  const binning = column.domain.binning ?? (range <= 100 ? { kind: 'unit' } : { kind: 'uniform', cells: 100 })
  if (binning.kind === 'edges') {
    const inner = binning.edges.map((edge) => toUnits(column, edge) ?? Number.NaN)
    return [min, ...inner.filter((edge) => edge > min && edge <= max), max + 1]
  }
  const cells = binning.kind === 'unit' ? range : Math.min(binning.cells, range)
  const edges = new Set<number>([min])
  for (let at = 1; at < cells; at += 1) {
    edges.add(
      binning.kind === 'geometric'
        ? min + Math.max(at, Math.round(range ** (at / cells)))
        : min + Math.floor((at * range) / cells),
    )
  }
  return [...edges].filter((edge) => edge <= max).concat(max + 1)
}

function rangeBins(column: Extract<ModelledColumn, { domain: { min: unknown } }>): { bins: Bin[]; specials: number[] } {
  const { min, max, specials } = unitRange(column)
  const sorted = [...specials].sort((a, b) => a - b)
  if (column.domain.binning?.kind === 'unit' && max - min + 1 > 1000) {
    throw new RangeError(`column "${column.name}" has more than 1000 cells`)
  }
  const edges = binEdges(column, min, max)
  const bins = edges
    .slice(0, -1)
    .map((low, at) => {
      const high = edges[at + 1] ?? low + 1
      return { low, width: high - low, specials: sorted.filter((value) => value >= low && value < high) }
    })
    .filter((bin) => bin.width > bin.specials.length)
  return { bins, specials: sorted }
}

function rangeCells(column: Extract<ModelledColumn, { domain: { min: unknown } }>): ColumnCells {
  const { bins, specials } = rangeBins(column)
  const special = new Map(specials.map((value, at) => [value, bins.length + at]))
  const nullCell = bins.length + specials.length
  const lows = Float64Array.from(bins, (bin) => bin.low)
  const find = (value: number): number => {
    let low = 0
    let high = lows.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((lows[middle] ?? 0) <= value) low = middle
      else high = middle - 1
    }
    return low
  }
  const cells = nullCell + (column.nullable ? 1 : 0)
  return {
    name: column.name,
    cells,
    ordered: bins.length,
    widths: [
      ...bins.map((bin) => bin.width - bin.specials.length),
      ...specials.map(() => 1),
      ...(column.nullable ? [1] : []),
    ],
    encode: (value) => (Number.isNaN(value) ? Math.min(nullCell, cells - 1) : (special.get(value) ?? find(value))),
    decode: (cell, below) => {
      const bin = bins[cell]
      if (bin === undefined) return specials[cell - bins.length] ?? Number.NaN
      let value = bin.low + (bin.width === 1 ? 0 : below(bin.width - bin.specials.length))
      for (const taken of bin.specials) if (taken <= value) value += 1
      return value
    },
  }
}

function categoryCells(column: ModelledColumn, categories: number, ordered: boolean): ColumnCells {
  const cells = categories + (column.nullable ? 1 : 0)
  return {
    name: column.name,
    cells,
    ordered: ordered ? categories : 0,
    widths: Array.from({ length: cells }, () => 1),
    encode: (value) => (Number.isNaN(value) ? cells - 1 : Math.max(0, Math.min(categories - 1, Math.trunc(value)))),
    decode: (cell) => (cell < categories ? cell : Number.NaN),
  }
}

/** Cells of a column. @throws RangeError when a unit binning asks for more than 1000 cells */
export function columnCells(column: ModelledColumn): ColumnCells {
  if (column.type === 'categorical') {
    return categoryCells(column, column.domain.categories.length, column.domain.ordered === true)
  }
  if (column.type === 'boolean') return categoryCells(column, 2, false)
  return rangeCells(column)
}

/** Cell index of every row. */
export function encodeColumn(cells: ColumnCells, values: Float64Array): Uint16Array {
  const codes = new Uint16Array(values.length)
  for (let row = 0; row < values.length; row += 1) codes[row] = cells.encode(values[row] ?? Number.NaN)
  return codes
}
