import type { PersonaPack } from '../../../schemas/personas.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { BatchStarts, PersonaFiles } from './persona-files.ts'
import { lineAt, lineStarts } from './record-lines.ts'

/** Records of one pack by number, in any order; a few batches are kept open. */
export interface PersonaRecords {
  readonly count: number
  /** Record `index`, from 0. Throws RangeError when there is none. */
  record(index: number): Promise<RowRecord>
  /** All from `from` on, a batch at a time. */
  batches(from?: number): AsyncGenerator<readonly RowRecord[]>
}

interface OpenBatch {
  readonly bytes: Uint8Array
  readonly lines: Uint32Array
}

const OPEN_BATCHES = 8

export async function openPersonaRecords(files: PersonaFiles, pack: PersonaPack): Promise<PersonaRecords> {
  if (pack.state === 'erased') refuse('conflict', 'the persona pack is erased', 'Import or sample it again.')
  const { starts, count } = await files.starts(pack.id)
  const open = new Map<number, Promise<OpenBatch>>()
  const batchAt = (batch: number): Promise<OpenBatch> => {
    const known = open.get(batch)
    const found = known ?? files.batch(pack.id, batch).then((bytes) => ({ bytes, lines: lineStarts(bytes) }))
    open.delete(batch)
    open.set(batch, found)
    const [oldest] = open.keys()
    if (open.size > OPEN_BATCHES && oldest !== undefined) open.delete(oldest)
    return found
  }
  return {
    count,
    record: async (index) => {
      if (!(index >= 0 && index < count)) throw new RangeError('there is no such record')
      const batch = batchOf(starts, index)
      const { bytes, lines } = await batchAt(batch)
      return lineAt(bytes, lines, index - (starts[batch] ?? 0))
    },
    async *batches(from = 0) {
      for (let batch = count === 0 ? 0 : batchOf(starts, from); batch < starts.length; batch += 1) {
        const { bytes, lines } = await batchAt(batch)
        const skipped = Math.max(0, from - (starts[batch] ?? 0))
        yield Array.from({ length: lines.length - 1 - skipped }, (_, at) => lineAt(bytes, lines, at + skipped))
      }
    },
  }
}

/** The last batch that begins at or before the record. */
function batchOf(starts: BatchStarts['starts'], index: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return low
}
