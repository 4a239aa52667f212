import type { TableColumn } from '../../../schemas/datasets.ts'
import type { ModelledColumn } from '../../../schemas/seed-schema.ts'
import { unitRange } from '../../../protocol/generation/cells.ts'
import type { Table } from '../../../protocol/generation/table.ts'
import type { ColumnData, TableBatch } from '../../ports/tables.ts'

/** Type of a generated column in the published files; follows from the public domain alone. */
export function publishedColumn(column: ModelledColumn): TableColumn {
  const common = {
    name: column.name,
    nullable: column.nullable,
    ...(column.description === undefined ? {} : { description: column.description }),
  }
  if (column.type === 'categorical') return { ...common, type: 'string' }
  if (column.type === 'boolean' || column.type === 'date') return { ...common, type: column.type }
  if (column.type === 'decimal') return { ...common, type: 'decimal', scale: column.domain.precision }
  const { min, max, specials } = unitRange(column)
  const small = [min, max, ...specials].every((value) => value >= -(2 ** 31) && value < 2 ** 31)
  return { ...common, type: small ? 'int32' : 'int64' }
}

/** The sampled rows in the form that packaging takes. */
export function publishedRows(table: Table, columns: readonly ModelledColumn[]): TableBatch {
  const byName = new Map(table.columns.map((column) => [column.name, column.values]))
  return {
    rows: table.rows,
    columns: columns.map((column) => columnData(column, byName.get(column.name) ?? new Float64Array(table.rows))),
  }
}

function columnData(column: ModelledColumn, values: Float64Array): ColumnData {
  if (column.type === 'categorical') {
    const { categories } = column.domain
    const codes = Uint16Array.from(values, (value) => (Number.isNaN(value) ? categories.length : value))
    return { kind: 'codes', codes, values: [...categories, null] }
  }
  const scale = column.type === 'decimal' ? 10 ** column.domain.precision : 1
  const numbers = scale === 1 ? values : values.map((value) => value / scale)
  return column.nullable
    ? { kind: 'numbers', values: numbers, nulls: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)) }
    : { kind: 'numbers', values: numbers }
}
