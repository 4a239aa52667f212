import type { TableFormat } from '../../schemas/dataset-requests.ts'
import type { TableColumn } from '../../schemas/datasets.ts'

/** Value of a cell. Dates are `YYYY-MM-DD`; decimals are strings or numbers; int64 beyond 2^53 is a bigint. */
export type Cell = string | number | bigint | boolean | null

/** One column of a batch or table. `codes` index `values` (a dictionary); `nulls[i]` = 1 marks a missing number. */
export type ColumnData =
  | { readonly kind: 'codes'; readonly codes: Uint8Array | Uint16Array | Uint32Array; readonly values: readonly Cell[] }
  | { readonly kind: 'numbers'; readonly values: Int32Array | Float64Array; readonly nulls?: Uint8Array }
  | { readonly kind: 'cells'; readonly values: readonly Cell[] }

/** Rows in column form; columns in the order of the schema. */
export interface TableBatch {
  readonly rows: number
  readonly columns: readonly ColumnData[]
}

export type { TableFormat }

/** Where the rows of a dataset come from. `path` is on this machine's disk. */
export type TableSource =
  | { readonly kind: 'file'; readonly path: string; readonly format: TableFormat }
  | { readonly kind: 'columns'; readonly table: TableBatch }

/** Input of the worker task `package`. Parts and their leaf lists are written into the folder, which is made when absent. */
export interface PackageTask {
  readonly source: TableSource
  readonly columns: readonly TableColumn[]
  readonly folder: string
  /** Parts are `<prefix>-0001.parquet`, … */
  readonly prefix: string
  readonly rowsPerPart: number
  readonly chunk: number
  /** How a CSV file is read. */
  readonly read?: { readonly delimiter?: string | undefined } | undefined
}

/** Result of the worker task `package`; a table that does not fit its schema is a Refused `table-invalid`. */
export interface PackageResult {
  readonly parts: readonly PackagedFile[]
}

export interface PackagedFile {
  readonly name: string
  readonly size: number
  readonly records: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly chunk: number
  readonly leaves: number
  readonly root: string
}
