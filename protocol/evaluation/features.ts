import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { columnOf, type Table } from '../generation/table.ts'

/** Features of one row set as columns of bins, for trees. */
export interface BinnedFeatures {
  readonly bins: readonly number[]
  readonly columns: readonly Uint8Array[]
}

/** Sparse 0/1 features plus standardised numbers, for linear models: per row the indexes and the values. */
export interface LinearFeatures {
  readonly size: number
  readonly perRow: number
  readonly indexes: Int32Array
  readonly values: Float32Array
}

/** How columns become features; learnt from the rows that a model is trained on, applied to those it is tested on. */
export interface FeatureMap {
  readonly binned: (table: Table) => BinnedFeatures
  readonly linear: (table: Table) => LinearFeatures
}

const maximumBins = 64
/** Features of the linear model, at most: its cost grows with their cube. */
const maximumFeatures = 400

const isNumber = (column: ModelledColumn): boolean => column.type !== 'categorical' && column.type !== 'boolean'

/** Bins by training quantiles; bin 0 is the empty value. */
function quantileBins(training: Float64Array): { bins: number; binOf: (value: number) => number } {
  const sorted = training.filter((value) => !Number.isNaN(value)).sort()
  const edges = new Set<number>()
  for (let at = 1; at < maximumBins - 1; at += 1) {
    const edge = sorted[Math.floor((at * sorted.length) / (maximumBins - 1))]
    if (edge !== undefined && edge > (sorted[0] ?? 0)) edges.add(edge)
  }
  const lower = Float64Array.from(edges)
  const binOf = (value: number): number => {
    if (Number.isNaN(value)) return 0
    let [low, high] = [0, lower.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((lower[middle] ?? 0) <= value) low = middle + 1
      else high = middle
    }
    return low + 1
  }
  return { bins: lower.length + 2, binOf }
}

/** Categories in the order of their target rate in training (empty value included), cut to the number of bins. */
function targetOrderedBins(
  training: Float64Array,
  labels: Uint8Array,
): { bins: number; binOf: (value: number) => number } {
  const sums = new Map<number, { rows: number; hits: number }>()
  for (const [row, value] of training.entries()) {
    const sum = sums.get(value) ?? { rows: 0, hits: 0 }
    sums.set(value, { rows: sum.rows + 1, hits: sum.hits + (labels[row] ?? 0) })
  }
  const overall = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length)
  const rate = ({ rows, hits }: { rows: number; hits: number }): number => (hits + 10 * overall) / (rows + 10)
  const order = [...sums].sort((a, b) => rate(a[1]) - rate(b[1]) || a[0] - b[0])
  const bins = Math.max(1, Math.min(maximumBins, order.length))
  const bin = new Map(order.map(([value], at) => [value, Math.floor((at * bins) / order.length)]))
  const unknown = Math.floor(bins / 2)
  return { bins, binOf: (value) => bin.get(value) ?? unknown }
}

interface LinearColumn {
  readonly size: number
  readonly write: (value: number) => { index: number; value: number }
}

/** One number, standardised, whose empty value has an own feature. */
function standardised(training: Float64Array): LinearColumn {
  const present = training.filter((value) => !Number.isNaN(value))
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length)
  const deviation =
    Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, present.length)) || 1
  return {
    size: 2,
    write: (value) =>
      Number.isNaN(value)
        ? { index: 1, value: 1 }
        : { index: 0, value: Math.max(-5, Math.min(5, (value - mean) / deviation)) },
  }
}

/** One feature per frequent training category, the last for all others. */
function oneHot(training: Float64Array, most: number): LinearColumn {
  const counts = new Map<number, number>()
  for (const value of training) counts.set(value, (counts.get(value) ?? 0) + 1)
  const top = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most)
  const index = new Map(top.map(([value], at) => [value, at]))
  return { size: top.length + 1, write: (value) => ({ index: index.get(value) ?? top.length, value: 1 }) }
}

function linearFeatures(
  table: Table,
  columns: readonly ModelledColumn[],
  maps: readonly LinearColumn[],
): LinearFeatures {
  const perRow = columns.length + 1
  const indexes = new Int32Array(table.rows * perRow)
  const values = new Float32Array(table.rows * perRow)
  let offset = 1
  for (let row = 0; row < table.rows; row += 1) values[row * perRow] = 1
  for (const [at, column] of columns.entries()) {
    const map = maps[at]
    if (map === undefined) continue
    for (const [row, cell] of columnOf(table, column.name).entries()) {
      const { index, value } = map.write(cell)
      indexes[row * perRow + at + 1] = offset + index
      values[row * perRow + at + 1] = value
    }
    offset += map.size
  }
  return { size: offset, perRow, indexes, values }
}

/** Learns features of these columns from training rows with their 0/1 labels. */
export function learnFeatures(columns: readonly ModelledColumn[], training: Table, labels: Uint8Array): FeatureMap {
  const binners = columns.map((column) => {
    const values = columnOf(training, column.name)
    return isNumber(column) ? quantileBins(values) : targetOrderedBins(values, labels)
  })
  const most = Math.max(2, Math.min(60, Math.floor(maximumFeatures / columns.length)))
  const linear = columns.map((column) => {
    const values = columnOf(training, column.name)
    return isNumber(column) ? standardised(values) : oneHot(values, most)
  })
  return {
    binned: (table) => ({
      bins: binners.map(({ bins }) => bins),
      columns: columns.map((column, at) =>
        Uint8Array.from(columnOf(table, column.name), (value) => binners[at]?.binOf(value) ?? 0),
      ),
    }),
    linear: (table) => linearFeatures(table, columns, linear),
  }
}
