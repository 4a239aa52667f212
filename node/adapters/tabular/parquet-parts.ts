import { constants, zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import type { TableColumn } from '../../../schemas/datasets.ts'
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
  switch (column.kind) {
    case 'cells':
      return column.values.slice(start, end)
    case 'codes':
      return Array.from(column.codes.subarray(start, end), (code) => column.values[code] ?? null)
    case 'numbers': {
      const { nulls } = column
      return Array.from(column.values.subarray(start, end), (value, at) => (nulls?.[start + at] === 1 ? null : value))
    }
  }
}

function zstd(input: Uint8Array): Uint8Array {
  return zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
}

function elementOf(column: TableColumn): SchemaElement {
  const repetition_type = column.nullable ? 'OPTIONAL' : 'REQUIRED'
  const common = { name: column.name, repetition_type } as const
  switch (column.type) {
    case 'int32':
      return { ...common, type: 'INT32' }
    case 'int64':
      return { ...common, type: 'INT64' }
    case 'double':
      return { ...common, type: 'DOUBLE' }
    case 'decimal':
      return { ...common, type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: column.scale ?? 0 }
    case 'string':
      return { ...common, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
    case 'boolean':
      return { ...common, type: 'BOOLEAN' }
    case 'date':
      return { ...common, type: 'INT32', converted_type: 'DATE' }
  }
}

/** Value as the Parquet type stores it. */
function physical(cell: Cell, column: TableColumn): Cell {
  if (cell === null) {
    if (!column.nullable) throw new RangeError(`a cell of column "${column.name}" is missing`)
    return null
  }
  switch (column.type) {
    case 'int64':
      return BigInt(cell)
    case 'decimal':
      return unscaled(cell, column.scale ?? 0)
    case 'string':
      return String(cell)
    case 'date':
      return typeof cell === 'number' ? cell : Date.parse(`${String(cell)}T00:00:00.000Z`) / MILLISECONDS_OF_DAY
    case 'int32':
    case 'double':
      return Number(cell)
    case 'boolean':
      return cell === true || cell === 1
  }
}

function unscaled(cell: string | number | bigint | boolean, scale: number): bigint {
  if (typeof cell === 'bigint') return cell * 10n ** BigInt(scale)
  const [whole = '0', fraction = ''] = (typeof cell === 'number' ? cell.toFixed(scale) : String(cell)).split('.')
  const digits = BigInt(`${whole.replace(/^[+-]/, '')}${fraction.padEnd(scale, '0').slice(0, scale)}`)
  return whole.startsWith('-') ? -digits : digits
}
