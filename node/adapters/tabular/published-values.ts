import { dayNumber, readCell, toUnits } from '../../../protocol/generation/cells.ts'
import type { ModelledColumn } from '../../../schemas/seed-schema.ts'
import type { Cell } from '../../ports/tables.ts'

/** Never a value of any domain, so that a cell which cannot be read counts as one outside of it. */
const UNREADABLE = Number.POSITIVE_INFINITY

/** A published cell as the number that Table uses; values outside the domain stay outside. */
export function publishedValue(column: ModelledColumn, cell: Cell): number {
  if (cell === null) return Number.NaN
  const text = String(cell)
  const value = readCell(column, text)
  if (typeof value === 'number') return value
  if (column.type === 'categorical' || column.type === 'boolean') return UNREADABLE
  return (column.type === 'date' ? dayNumber(text) : toUnits(column, text)) ?? UNREADABLE
}
