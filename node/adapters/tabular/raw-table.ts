import type { Cell } from '../../ports/tables.ts'

/** Rows as the file has them, before any type is applied: CSV cells are strings, the others what the file says. */
export interface RawBatch {
  readonly rows: readonly (readonly Cell[])[]
  /** Where row `index` of this batch is in the file: `line 12` or `row 12`, 1-based. */
  place(index: number): string
}

export interface RawTable {
  readonly header: readonly string[]
  batches(): AsyncGenerator<RawBatch>
}

export interface RawTableOptions {
  /** CSV: delimiter, one character. Default `,`. */
  readonly delimiter?: string
  /** CSV: white space around an unquoted cell is not part of it. Default false. */
  readonly trim?: boolean
  /** JSONL: members to read, in this order. Default: the members of the first 1,000 lines. */
  readonly members?: readonly string[]
}

/** Rows in one batch of a text format; Parquet gives its row groups. */
export const BATCH_ROWS = 8192
