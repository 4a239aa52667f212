import type { ColumnCells } from './domain.ts'
import { columnOf, type Table } from './table.ts'

/** A column whose shares are to be kept, with the rows per cell that the model gives it. */
export interface RakedColumn {
  readonly cells: ColumnCells
  readonly target: Float64Array
}

/** Weight of every row, at most 1; rows kept with these chances have the target shares. */
export type RowChances = (table: Table) => Float64Array

const rounds = 20
/** Rows whose weight is more than this many times the mean are taken as if it were this many. */
const largest = 8

function encode(columns: readonly RakedColumn[], table: Table): Uint16Array[] {
  return columns.map(({ cells }) => {
    const values = columnOf(table, cells.name)
    const codes = new Uint16Array(table.rows)
    for (let row = 0; row < codes.length; row += 1) codes[row] = cells.encode(values[row] ?? Number.NaN)
    return codes
  })
}

function rowWeights(factors: readonly Float64Array[], codes: readonly Uint16Array[], rows: number): Float64Array {
  const weights = new Float64Array(rows).fill(1)
  for (const [at, column] of codes.entries()) {
    const own = factors[at]
    for (let row = 0; row < rows; row += 1) weights[row] = (weights[row] ?? 0) * (own?.[column[row] ?? 0] ?? 1)
  }
  return weights
}

/**
 * Chances that undo what rejection did to single columns: rows that break a constraint are not equally many for all
 * values, so the rows left over are weighted until each column has its modelled shares again (iterative proportional
 * fitting on the kept rows of a pilot).
 */
export function learnChances(columns: readonly RakedColumn[], pilot: Table): RowChances {
  const codes = encode(columns, pilot)
  const factors = columns.map(({ cells }) => new Float64Array(cells.cells).fill(1))
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { target }] of columns.entries()) {
      const weights = rowWeights(factors, codes, pilot.rows)
      const seen = new Float64Array(target.length)
      const own = codes[at]
      for (let row = 0; row < pilot.rows; row += 1) {
        const cell = own?.[row] ?? 0
        seen[cell] = (seen[cell] ?? 0) + (weights[row] ?? 0)
      }
      const reachable = target.reduce((sum, count, cell) => sum + ((seen[cell] ?? 0) > 0 ? count : 0), 0)
      const total = seen.reduce((sum, weight) => sum + weight, 0)
      const factor = factors[at]
      if (factor === undefined || reachable <= 0) continue
      for (const [cell, weight] of seen.entries()) {
        if (weight > 0) factor[cell] = ((factor[cell] ?? 1) * (target[cell] ?? 0) * total) / (reachable * weight)
      }
    }
  }
  const weights = rowWeights(factors, codes, pilot.rows)
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, pilot.rows)
  const most = Math.min(
    largest * mean,
    weights.reduce((a, b) => Math.max(a, b), 0),
  )
  return (table) => rowWeights(factors, encode(columns, table), table.rows).map((weight) => Math.min(1, weight / most))
}
