import type { Records } from '../../ports/records.ts'
import type { TableFormat } from '../../ports/tables.ts'
import { openCsv } from './csv-rows.ts'
import { openJsonl } from './jsonl-rows.ts'
import { openParquet } from './parquet-rows.ts'
import type { RawTableOptions } from './raw-table.ts'
import type { TableFile } from './table-file.ts'

/**
 * Opens a table file for reading from its start, any size in bounded memory.
 * Throws Refused `table-invalid` with places (line or row, column), never with values.
 */
export function openRawTable(file: TableFile, format: TableFormat, options: RawTableOptions = {}): Promise<Records> {
  if (format === 'csv') return openCsv(file, options)
  return format === 'jsonl' ? openJsonl(file, options) : openParquet(file)
}
