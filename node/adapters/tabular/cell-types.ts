import type { ColumnType, TableColumn } from '../../../schemas/datasets.ts'
import type { Cell } from '../../ports/tables.ts'

/** What is wrong with a cell, in words without the cell. */
export interface CellFault {
  readonly fault: string
}

const INT = /^[+-]?\d{1,19}$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const INT64_MAX = 2n ** 63n

/**
 * Reads one cell as its column declares it. An empty text is null where the column may be null. Numbers come as numbers
 * (int64 beyond 2^53 as bigint), decimals as text with at most `scale` digits after the point.
 */
export function readCell(cell: Cell, column: TableColumn): Cell | CellFault {
  if (cell === null || (cell === '' && (column.nullable || column.type !== 'string'))) {
    return column.nullable ? null : { fault: 'is empty' }
  }
  return READERS[column.type](cell, column)
}

const READERS: Readonly<Record<ColumnType, (cell: Cell, column: TableColumn) => Cell | CellFault>> = {
  string: (cell) => (typeof cell === 'string' ? cell : String(cell)),
  int32: (cell) => integer(cell, 2n ** 31n, 'is not a 32-bit integer'),
  int64: (cell) => integer(cell, INT64_MAX, 'is not a 64-bit integer'),
  double,
  decimal: (cell, column) => decimal(cell, column.scale ?? 0),
  boolean,
  date,
}

export function isFault(result: Cell | CellFault): result is CellFault {
  return typeof result === 'object' && result !== null
}

function integer(cell: Cell, limit: bigint, fault: string): Cell | CellFault {
  if (typeof cell === 'number' ? !Number.isSafeInteger(cell) : typeof cell !== 'bigint' && typeof cell !== 'string')
    return { fault }
  if (typeof cell === 'string' && !INT.test(cell)) return { fault }
  const value = BigInt(typeof cell === 'string' ? cell.replace(/^\+/, '') : (cell ?? 0))
  if (value >= limit || value < -limit) return { fault }
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function double(cell: Cell): Cell | CellFault {
  const fault = { fault: 'is not a number' }
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : fault
  if (typeof cell === 'bigint') return Number(cell)
  if (typeof cell !== 'string' || !NUMBER.test(cell)) return fault
  const value = Number(cell)
  return Number.isFinite(value) ? value : fault
}

function decimal(cell: Cell, scale: number): Cell | CellFault {
  const text = typeof cell === 'number' ? plainNumber(cell) : typeof cell === 'bigint' ? String(cell) : cell
  if (typeof text !== 'string') return { fault: 'is not a decimal number' }
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text)
  if (match === null) return { fault: 'is not a decimal number' }
  const [, sign = '', whole = '', fraction = ''] = match
  if (fraction.replace(/0+$/, '').length > scale) return { fault: `has more than ${scale} digits after the point` }
  const digits = whole.replace(/^0+(?=\d)/, '')
  if (digits.length > 18 - scale) return { fault: `has more than ${18 - scale} digits before the point` }
  return `${sign === '-' ? '-' : ''}${digits}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0').slice(0, scale)}`}`
}

function plainNumber(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(15).replace(/0+$/, '') : text
}

function boolean(cell: Cell): Cell | CellFault {
  if (typeof cell === 'boolean') return cell
  const text = String(cell).toLowerCase()
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  return { fault: 'is not a boolean (true, false, 1, 0)' }
}

function date(cell: Cell): Cell | CellFault {
  const match = typeof cell === 'string' ? DATE.exec(cell) : null
  if (match === null) return { fault: 'is not a date like 2026-11-22' }
  const time = new Date(`${match[0]}T00:00:00.000Z`)
  const exists = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(match[0])
  return exists ? match[0] : { fault: 'is not a day of the calendar' }
}
