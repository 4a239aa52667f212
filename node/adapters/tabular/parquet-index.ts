import { refuse } from '../../../protocol/refusal.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import type { IndexedRecords } from '../../ports/records.ts'
import type { Cell } from '../../ports/tables.ts'
import { invalidTable } from './invalid-table.ts'
import { openParquetTable, type ParquetTable, readParquetRows } from './parquet-rows.ts'

/** Row groups that are held, by their size when unpacked; the one that was read last is held in any case. */
const HELD_BYTES = 64 * 1024 * 1024
const LARGEST_GROUP_BYTES = 512 * 1024 * 1024

/** One row group of one part. */
interface RowGroup {
  readonly table: ParquetTable
  /** Number of its first row, in the part and among all records. */
  readonly start: number
  readonly first: number
  readonly rows: number
  readonly bytes: number
}

export interface IndexOptions {
  readonly heldBytes?: number
  /** Told the number of each row group that is read from the disk. */
  readonly onRead?: (group: number) => void
}

/** The records of all parts in their order; see PartReader of node/ports/records.ts. */
export async function openParquetParts(paths: readonly string[], options: IndexOptions = {}): Promise<IndexedRecords> {
  const groups: RowGroup[] = []
  let records = 0
  for (const path of paths) {
    const table = await openParquetTable(path)
    records = addGroups(groups, table, records)
  }
  const rowsOf = heldGroups(groups, options)
  return {
    records,
    record: async (index) => {
      const at = groupOf(groups, index)
      const group = groups[at]
      if (group === undefined || index < 0 || index >= records) throw new RangeError(`there is no record ${index}`)
      const cells = (await rowsOf(at))[index - group.first]
      if (cells === undefined) throw invalidTable('a row group has fewer rows than it says', 'The file may be damaged.')
      return Object.fromEntries(group.table.header.map((name, column) => [name, valueOf(cells[column] ?? null)]))
    },
  }
}

function addGroups(groups: RowGroup[], table: ParquetTable, before: number): number {
  let start = 0
  for (const { num_rows: count, total_byte_size: size } of table.metadata.row_groups) {
    const [rows, bytes] = [Number(count), Number(size)]
    if (bytes > LARGEST_GROUP_BYTES) {
      refuse(
        'too-large',
        `a row group of a file has more than ${LARGEST_GROUP_BYTES >> 20} MiB`,
        'Ask for the file with smaller row groups.',
      )
    }
    if (rows > 0) groups.push({ table, start, first: before + start, rows, bytes })
    start += rows
  }
  return before + start
}

/** Last group that begins at or before the record. */
function groupOf(groups: readonly RowGroup[], index: number): number {
  let [low, high] = [0, groups.length]
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if ((groups[middle]?.first ?? 0) <= index) low = middle
    else high = middle
  }
  return low
}

/** One group is unpacked at a time; what is asked for twice is read once while it is held. */
function heldGroups(groups: readonly RowGroup[], { heldBytes = HELD_BYTES, onRead }: IndexOptions) {
  const held = new Map<number, Promise<Cell[][]>>()
  let reading: Promise<unknown> = Promise.resolve()
  const sizeOf = (at: number) => groups[at]?.bytes ?? 0
  const read = (at: number): Promise<Cell[][]> => {
    const rows = reading.then(async () => {
      const group = groups[at]
      if (group === undefined) return []
      onRead?.(at)
      return readParquetRows(group.table, group.start, group.start + group.rows)
    })
    reading = rows.catch(() => held.delete(at))
    return rows
  }
  return (at: number): Promise<Cell[][]> => {
    const rows = held.get(at) ?? read(at)
    held.delete(at)
    held.set(at, rows)
    let bytes = [...held.keys()].reduce((sum, each) => sum + sizeOf(each), 0)
    for (const oldest of held.keys()) {
      if (bytes <= heldBytes || oldest === at) break
      held.delete(oldest)
      bytes -= sizeOf(oldest)
    }
    return rows
  }
}

function valueOf(cell: Cell): CellValue {
  if (typeof cell === 'bigint') return String(cell)
  return typeof cell === 'number' && !Number.isFinite(cell) ? null : cell
}
