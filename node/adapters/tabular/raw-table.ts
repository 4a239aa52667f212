import type { ReadRecordsOptions } from '../../ports/records.ts'

export interface RawTableOptions extends ReadRecordsOptions {
  /** JSONL: members to read, in this order. Default: the members of the first 1,000 lines. */
  readonly members?: readonly string[]
}
