import type { NoisyMeasurements } from '../../schemas/generation.ts'
import type { ColumnCells } from './domain.ts'
import { normaliseBySubtraction } from './estimate-column.ts'
import { groupCount, sumGroups, tableSums } from './marginals.ts'
import { parseFraction, toNumber } from './rational.ts'
import { estimateColumns, estimateTotal } from './tree.ts'

/** Distribution of one column given its parent in the tree; all numbers are rows, not shares. */
export interface ModelColumn {
  readonly name: string
  readonly groups: readonly number[]
  /** Rows per cell; within a group they say how its rows spread over its cells. */
  readonly cells: Float64Array
  /** Rows per group. */
  readonly mass: Float64Array
  /** Position of the parent in `order`, and rows per (parent group, own group), row-major. */
  readonly parent?: { readonly at: number; readonly table: Float64Array }
}

/** Columns from the root outwards: a parent stands before its children. */
export interface TreeModel {
  readonly total: number
  readonly order: readonly ModelColumn[]
}

interface Edge {
  readonly a: number
  readonly b: number
  readonly variance: number
  readonly table: Float64Array
}

interface GroupFacts {
  readonly total: number
  readonly groups: readonly (readonly number[])[]
  readonly sizes: readonly number[]
}

/** Best estimate of each column's group counts: its own counts and the sums of its edges, by inverse variance. */
function combineMass(
  own: readonly { mass: Float64Array; variance: number }[],
  edges: readonly Edge[],
  facts: GroupFacts,
): Float64Array[] {
  return own.map(({ mass, variance }, column) => {
    const cellsIn = new Float64Array(mass.length)
    for (const group of facts.groups[column] ?? []) cellsIn[group] = (cellsIn[group] ?? 0) + 1
    const weights = Float64Array.from(cellsIn, (cells) => 1 / (variance * Math.max(1, cells)))
    const sums = mass.map((count, group) => count * (weights[group] ?? 0))
    for (const edge of edges) {
      if (edge.a !== column && edge.b !== column) continue
      const both = tableSums(edge.table, facts.sizes[edge.b] ?? 1)
      const side = edge.a === column ? both.rows : both.columns
      const weight = 1 / (edge.variance * (facts.sizes[edge.a === column ? edge.b : edge.a] ?? 1))
      for (let group = 0; group < sums.length; group += 1) {
        sums[group] = (sums[group] ?? 0) + weight * (side[group] ?? 0)
        weights[group] = (weights[group] ?? 0) + weight
      }
    }
    return normaliseBySubtraction(
      sums.map((sum, group) => sum / (weights[group] ?? 1)),
      facts.total,
    )
  })
}

/** Sums that a two-way table is to have, and the sum of all. */
interface Sides {
  readonly rows: Float64Array
  readonly columns: Float64Array
  readonly total: number
}

/**
 * Shrinks noisy two-way counts towards independence by the positive-part James–Stein factor: a table whose distance from
 * independence is what noise alone would give becomes independent.
 */
function shrink(edge: Edge, sides: Sides): Float64Array {
  const { rows, columns, total } = sides
  const width = columns.length
  const expected = edge.table.map((_, at) => {
    const row = Math.floor(at / width)
    return ((rows[row] ?? 0) * (columns[at - row * width] ?? 0)) / total
  })
  const squared = edge.table.reduce((sum, count, at) => sum + (count - (expected[at] ?? 0)) ** 2, 0)
  const factor = squared === 0 ? 0 : Math.max(0, 1 - ((edge.table.length - 2) * edge.variance) / squared)
  return edge.table.map((count, at) => (expected[at] ?? 0) + factor * (count - (expected[at] ?? 0)))
}

const rounds = 30

/** Makes a table non-negative with these row and column sums: additive correction, then proportional fitting. */
function reconcile(table: Float64Array, { rows, columns }: Sides): Float64Array {
  const out = table.slice()
  const width = columns.length
  for (let round = 0; round < rounds; round += 1) {
    const sums = tableSums(out, width)
    const perRow = rows.map((target, row) => (target - (sums.rows[row] ?? 0)) / width)
    const perColumn = columns.map((target, column) => (target - (sums.columns[column] ?? 0)) / rows.length)
    const surplus = perRow.reduce((sum, value) => sum + value, 0) / rows.length
    for (let at = 0; at < out.length; at += 1) {
      const row = Math.floor(at / width)
      out[at] = Math.max(0, (out[at] ?? 0) + (perRow[row] ?? 0) + (perColumn[at - row * width] ?? 0) - surplus)
    }
  }
  for (let at = 0; at < out.length; at += 1) out[at] = Math.max(1e-9, out[at] ?? 0)
  for (let round = 0; round < rounds; round += 1) {
    for (const side of ['rows', 'columns'] as const) {
      const sums = tableSums(out, width)[side]
      const targets = side === 'rows' ? rows : columns
      for (let at = 0; at < out.length; at += 1) {
        const row = Math.floor(at / width)
        const index = side === 'rows' ? row : at - row * width
        const sum = sums[index] ?? 0
        out[at] = sum > 0 ? ((out[at] ?? 0) * (targets[index] ?? 0)) / sum : 0
      }
    }
  }
  return out
}

function transpose(table: Float64Array, width: number): Float64Array {
  const height = table.length / width
  return table.map((_, at) => table[(at % height) * width + Math.floor(at / height)] ?? 0)
}

/** Scales each group's cells to the group's count. */
function spreadMass(cells: Float64Array, mass: Float64Array, groups: readonly number[]): Float64Array {
  const sums = sumGroups(cells, groups)
  const sizes = sumGroups(new Float64Array(cells.length).fill(1), groups)
  return cells.map((count, cell) => {
    const group = groups[cell] ?? 0
    const share = (sums[group] ?? 0) > 0 ? count / (sums[group] ?? 1) : 1 / (sizes[group] ?? 1)
    return share * (mass[group] ?? 0)
  })
}

/**
 * Tree model that best explains noisy measurements (post-processing: costs no budget, gives the same model everywhere).
 * `columns` are the cells of the measured columns in the measurements' order.
 */
export function fitTree(measurements: NoisyMeasurements, columns: readonly ColumnCells[]): TreeModel {
  const total = estimateTotal(measurements.oneWay)
  const estimates = estimateColumns(columns, measurements.oneWay)
  const groups = measurements.columns.map((column) => column.groups)
  const facts = { total, groups, sizes: groups.map(groupCount) }
  const position = new Map(measurements.columns.map(({ name }, at) => [name, at]))
  const edges = measurements.twoWay.map(({ a, b, sigma2, counts }) => ({
    a: position.get(a) ?? 0,
    b: position.get(b) ?? 0,
    variance: toNumber(parseFraction(sigma2)),
    table: Float64Array.from(counts),
  }))
  const own = estimates.map((estimate, at) => ({
    mass: sumGroups(estimate, groups[at] ?? []),
    variance: toNumber(parseFraction(measurements.oneWay[at]?.sigma2 ?? '1/1')),
  }))
  const mass = combineMass(own, edges, facts)
  const tables = edges.map((edge) => {
    const sides = { rows: mass[edge.a] ?? new Float64Array(), columns: mass[edge.b] ?? new Float64Array(), total }
    return reconcile(shrink(edge, sides), sides)
  })
  const parts = columns.map(({ name }, at) => {
    const own = mass[at] ?? new Float64Array()
    const ownGroups = groups[at] ?? []
    return {
      name,
      groups: ownGroups,
      mass: own,
      cells: spreadMass(estimates[at] ?? new Float64Array(), own, ownGroups),
    }
  })
  return { total, order: orderTree(parts, edges, tables) }
}

/** Puts columns behind their parents, starting at the first column of each component. */
function orderTree(
  parts: readonly Omit<ModelColumn, 'parent'>[],
  edges: readonly Edge[],
  tables: readonly Float64Array[],
): ModelColumn[] {
  const order: ModelColumn[] = []
  const placed = new Set<number>()
  const place = (column: number, parent?: ModelColumn['parent']): void => {
    const part = parts[column]
    if (part === undefined) return
    placed.add(column)
    const at = order.push(parent === undefined ? part : { ...part, parent }) - 1
    for (const [index, edge] of edges.entries()) {
      if (edge.a !== column && edge.b !== column) continue
      const child = edge.a === column ? edge.b : edge.a
      if (placed.has(child)) continue
      const table = tables[index] ?? new Float64Array()
      place(child, { at, table: edge.a === column ? table : transpose(table, part.mass.length) })
    }
  }
  for (const column of parts.keys()) if (!placed.has(column)) place(column)
  return order
}
