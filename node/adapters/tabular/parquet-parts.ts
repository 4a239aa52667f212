import { constants, zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import type { ColumnType, TableColumn } from '../../../schemas/datasets.ts'
import type { Cell, ColumnData } from '../../ports/tables.ts'

/** Rows of one row group: what a writer holds in memory at once. */
export const ROW_GROUP_ROWS = 100_000

/** Characters of text after which a row group is full, however few rows it has. */
export const ROW_GROUP_TEXT = 64 * 1024 * 1024

const MILLISECONDS_OF_DAY = 86_400_000

/** Parquet file written row group by row group; the same rows give the same bytes. */
export interface ParquetPart {
  write(columns: readonly (readonly Cell[])[]): void
  finish(): void
}

export function createParquetPart(path: string, columns: readonly TableColumn[]): ParquetPart {
  const writer = fileWriter(path)
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
    codec: 'ZSTD',
    compressors: { ZSTD: zstd },
    createdBy: 'tanemaki',
  })
  return {
    write: (cells) => {
      const columnData = columns.map((column, index) => ({
        name: column.name,
        data: (cells[index] ?? []).map((cell) => physical(cell, column)),
      }))
      void parquet.write({ columnData, rowGroupSize: ROW_GROUP_ROWS })
    },
    finish: () => void parquet.finish(),
  }
}

/** Cells of one column of a batch, whatever form it comes in. */
export function cellsOf(column: ColumnData, start: number, end: number): Cell[] {
  if (column.kind === 'cells') return column.values.slice(start, end)
  if (column.kind === 'codes') {
    return Array.from(column.codes.subarray(start, end), (code) => column.values[code] ?? null)
  }
  const { values, nulls } = column
  return Array.from(values.subarray(start, end), (value, at) => (nulls?.[start + at] === 1 ? null : value))
}

function zstd(input: Uint8Array): Uint8Array {
  return zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
}

interface Physical {
  readonly element: (column: TableColumn) => Omit<SchemaElement, 'name'>
  /** Value as the Parquet type stores it. */
  readonly value: (cell: PresentCell, column: TableColumn) => PresentCell
}
type PresentCell = Exclude<Cell, null>

const PHYSICAL: Readonly<Record<ColumnType, Physical>> = {
  int32: { element: () => ({ type: 'INT32' }), value: Number },
  int64: { element: () => ({ type: 'INT64' }), value: (cell) => BigInt(cell) },
  double: { element: () => ({ type: 'DOUBLE' }), value: Number },
  decimal: {
    element: ({ scale = 0 }) => ({ type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale }),
    value: (cell, { scale = 0 }) => unscaled(cell, scale),
  },
  string: { element: () => ({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }), value: String },
  boolean: { element: () => ({ type: 'BOOLEAN' }), value: (cell) => cell === true || cell === 1 },
  date: {
    element: () => ({ type: 'INT32', converted_type: 'DATE' }),
    value: (cell) =>
      typeof cell === 'number' ? cell : Date.parse(`${String(cell)}T00:00:00.000Z`) / MILLISECONDS_OF_DAY,
  },
}

function elementOf(column: TableColumn): SchemaElement {
  const repetition_type = column.nullable ? 'OPTIONAL' : 'REQUIRED'
  return { name: column.name, repetition_type, ...PHYSICAL[column.type].element(column) }
}

function physical(cell: Cell, column: TableColumn): Cell {
  if (cell !== null) return PHYSICAL[column.type].value(cell, column)
  if (!column.nullable) throw new RangeError(`a cell of column "${column.name}" is missing`)
  return null
}

function unscaled(cell: string | number | bigint | boolean, scale: number): bigint {
  if (typeof cell === 'bigint') return cell * 10n ** BigInt(scale)
  const [whole = '0', fraction = ''] = (typeof cell === 'number' ? cell.toFixed(scale) : String(cell)).split('.')
  const digits = BigInt(`${whole.replace(/^[+-]/, '')}${fraction.padEnd(scale, '0').slice(0, scale)}`)
  return whole.startsWith('-') ? -digits : digits
}
