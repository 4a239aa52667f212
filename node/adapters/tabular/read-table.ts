import type { TableColumn } from '../../../schemas/datasets.ts'
import type { RecordBatch, Records } from '../../ports/records.ts'
import type { Cell, TableBatch, TableSource } from '../../ports/tables.ts'
import { isFault, readCell } from './cell-types.ts'
import { invalidTable, Places } from './invalid-table.ts'
import { openRawTable } from './open-raw-table.ts'
import type { RawTableOptions } from './raw-table.ts'

export interface ReadTableOptions extends Omit<RawTableOptions, 'members'> {
  readonly columns: readonly TableColumn[]
  /** Columns of the file that the schema does not name. Default: refused. */
  readonly others?: 'refuse' | 'ignore'
}

/**
 * Typed batches of a table in the order of the declared columns. Throws Refused `table-invalid` naming line and column,
 * after at most 20 places; a file without rows is refused too.
 */
export async function* readTable(source: TableSource, options: ReadTableOptions): AsyncGenerator<TableBatch> {
  if (source.kind === 'columns') {
    yield source.table
    return
  }
  const members = source.format === 'jsonl' && options.others !== 'ignore' ? { members: names(options.columns) } : {}
  const table = await openRawTable(source.path, source.format, { ...options, ...members })
  const positions = positionsOf(table, options)
  const places = new Places()
  let rows = 0
  for await (const raw of table.batches()) {
    rows += raw.rows.length
    const batch = typed(raw, { columns: options.columns, positions, places })
    places.check()
    yield batch
  }
  if (rows === 0) throw invalidTable('the table has no rows', 'A dataset needs at least one row below the header.')
}

function names(columns: readonly TableColumn[]): string[] {
  return columns.map((column) => column.name)
}

function positionsOf(table: Records, { columns, others = 'refuse' }: ReadTableOptions): number[] {
  const places = new Places()
  const positions = columns.map((column) => table.header.indexOf(column.name))
  for (const [index, column] of columns.entries()) {
    if (positions[index] === -1) places.add(`column "${column.name}"`, 'is in the schema but not in the file')
  }
  const known = new Set(names(columns))
  for (const [index, name] of table.header.entries()) {
    if (others === 'refuse' && !known.has(name))
      places.add(`column ${index + 1}`, 'is in the file but not in the schema')
  }
  places.check()
  return positions
}

interface Typing {
  readonly columns: readonly TableColumn[]
  readonly positions: readonly number[]
  readonly places: Places
}

function typed(raw: RecordBatch, { columns, positions, places }: Typing): TableBatch {
  const values: Cell[][] = columns.map(() => [])
  for (const [row, cells] of raw.rows.entries()) {
    for (const [index, column] of columns.entries()) {
      const result = readCell(cells[positions[index] ?? -1] ?? null, column)
      if (isFault(result)) places.add(`${raw.place(row)}, column "${column.name}"`, result.fault)
      else values[index]?.push(result)
    }
  }
  return { rows: raw.rows.length, columns: values.map((column) => ({ kind: 'cells', values: column })) }
}
