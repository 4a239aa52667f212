import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { RecordBatch, Records } from '../../ports/records.ts'
import type { Cell } from '../../ports/tables.ts'
import { invalidTable } from './invalid-table.ts'
import { bufferOf, type TableFile } from './table-file.ts'

const ROWS_AT_ONCE = 65_536

/** Flat Parquet: nested columns are refused. Dates become `YYYY-MM-DD`, other instants ISO 8601 in UTC. */
export async function openParquet(source: TableFile): Promise<Records> {
  const table = await openParquetTable(source)
  return { header: table.header, batches: () => batches(table) }
}

/** A Parquet file whose shape was read. */
export interface ParquetTable {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly header: readonly string[]
  /** Digits after the point where a column is decimal. */
  readonly scales: readonly (number | undefined)[]
}

export async function openParquetTable(source: TableFile): Promise<ParquetTable> {
  const file = await bufferOf(source)
  const metadata = await parquetMetadataAsync(file).catch(() => {
    throw invalidTable('the file is not Parquet', 'Check the format of the file.')
  })
  const columns = parquetSchema(metadata).children
  const nested = columns.findIndex((column) => column.children.length > 0)
  if (nested !== -1) {
    const place = { path: `column ${nested + 1}`, message: 'is nested' }
    throw invalidTable('the file has a nested column', 'Flatten it into plain columns first.', [place])
  }
  const header = columns.map((column) => column.element.name)
  const scales = columns.map(({ element }) => (element.converted_type === 'DECIMAL' ? (element.scale ?? 0) : undefined))
  return { file, metadata, header, scales }
}

/** Rows [start, end), each with its cells in the order of the header. */
export async function readParquetRows(
  { file, metadata, header, scales }: ParquetTable,
  rowStart: number,
  rowEnd: number,
): Promise<Cell[][]> {
  const objects = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }).catch(() => {
    throw invalidTable(`the file cannot be read at rows ${rowStart + 1} to ${rowEnd}`, 'The file may be damaged.')
  })
  return objects.map((object) => header.map((name, column) => cellOf(object[name], scales[column])))
}

async function* batches(table: ParquetTable): AsyncGenerator<RecordBatch> {
  const total = Number(table.metadata.num_rows)
  for (let start = 0; start < total; start += ROWS_AT_ONCE) {
    const rows = await readParquetRows(table, start, Math.min(start + ROWS_AT_ONCE, total))
    yield { rows, place: (index) => `row ${start + index + 1}` }
  }
}

/** The library gives decimals as doubles, which hold fifteen digits and blur the last one. */
function decimalText(value: number, scale: number): string {
  if (Math.abs(value) * 10 ** scale >= 1e15) {
    throw invalidTable('the file has a decimal of more than 15 digits', 'Write that column as text.')
  }
  return value.toFixed(scale)
}

function cellOf(value: unknown, scale: number | undefined): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' && scale !== undefined) return decimalText(value, scale)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) {
    const text = value.toISOString()
    return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text
  }
  throw invalidTable(
    'the file has a column of a type that is not supported',
    'Use integers, numbers, text, booleans and dates.',
  )
}
