import type { RowRecord } from '../../schemas/row-recipe.ts'
import type { Cell, TableFormat } from './tables.ts'

/** Bytes that can be read from any place, for example a file that lies encrypted in the store. */
export interface ByteSource {
  readonly size: number
  /** Bytes [start, end). */
  slice(start: number, end: number): Promise<Uint8Array>
}

/** Rows as the file has them, before any type is applied. */
export interface RecordBatch {
  readonly rows: readonly (readonly Cell[])[]
  /** Where row `index` of this batch is in the file: `line 12` or `row 12`, 1-based. */
  place(index: number): string
}

export interface Records {
  readonly header: readonly string[]
  /** From the first row on; may be called again. */
  batches(): AsyncIterable<RecordBatch>
}

export interface ReadRecordsOptions {
  /** CSV: one character. Default `,`. */
  readonly delimiter?: string
  /** CSV: white space around an unquoted cell is not part of it. Default false. */
  readonly trim?: boolean
}

/** Reads table files of any size in bounded memory. Refused `table-invalid` names places, never values. */
export interface RecordReader {
  open(source: ByteSource, format: TableFormat, options?: ReadRecordsOptions): Promise<Records>
}

/** Records by their number, in any order, any number of times. */
export interface IndexedRecords {
  readonly records: number
  /** Of 0 to `records` − 1. */
  record(index: number): Promise<RowRecord>
}

/**
 * Reads the Parquet parts of one table as a list of records in bounded memory, whatever the order. Integers beyond 2^53 and
 * decimals are texts, numbers that JSON does not have are null. `paths` are on this machine's disk.
 * Refused `table-invalid`, `too-large` (a row group that does not fit into the bound).
 */
export interface PartReader {
  open(paths: readonly string[]): Promise<IndexedRecords>
}
