import type { PartReader, RecordReader } from '../../ports/records.ts'

/** The readers of table formats are large and rarely needed, so a node starts without them. */
export const recordReader: RecordReader = {
  open: async (source, format, options) => {
    const { openRawTable } = await import('./open-raw-table.ts')
    return openRawTable(source, format, options)
  },
}

export const partReader: PartReader = {
  open: async (paths) => {
    const { openParquetParts } = await import('./parquet-index.ts')
    return openParquetParts(paths)
  },
}
