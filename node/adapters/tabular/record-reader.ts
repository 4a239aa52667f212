import type { RecordReader } from '../../ports/records.ts'
import { openRawTable } from './open-raw-table.ts'

export const recordReader: RecordReader = {
  open: (source, format, options) => openRawTable(source, format, options),
}
