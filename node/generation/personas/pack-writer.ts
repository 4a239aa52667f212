import { canonicalJson } from '../../../protocol/canonical/jcs.ts'
import { createTreeBuilder, leafHash } from '../../../protocol/canonical/merkle.ts'
import { digestHex, type HashFunction } from '../../../protocol/canonical/hash.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { PersonaFiles } from './persona-files.ts'

const MOST_RECORDS = 4096
const MOST_BYTES = 1 << 22
const LINE_FEED = 10

export interface WrittenPack {
  readonly digest: Sha256
  readonly fields: readonly string[]
  readonly count: number
}

/** Seals records batch by batch and takes their digest; memory for one batch. */
export interface PackWriter {
  add(records: readonly RowRecord[]): Promise<void>
  /** Records in their canonical form already, with their fields known. */
  addLines(lines: readonly Uint8Array[], fields: readonly string[]): Promise<void>
  /** Refused `table-invalid` when there was no record. */
  finish(): Promise<WrittenPack>
}

export function createPackWriter(files: PersonaFiles, { id, hash }: { id: string; hash: HashFunction }): PackWriter {
  const tree = createTreeBuilder({ hash })
  const encoder = new TextEncoder()
  const fields = new Set<string>()
  const starts: number[] = []
  let buffer: Uint8Array[] = []
  let bytes = 0
  const flush = async () => {
    if (buffer.length === 0) return
    const joined = new Uint8Array(bytes)
    let at = 0
    for (const line of buffer) {
      joined.set(line, at)
      joined[at + line.length] = LINE_FEED
      at += line.length + 1
    }
    await files.writeBatch(id, starts.length, joined)
    starts.push(tree.size - buffer.length)
    buffer = []
    bytes = 0
  }
  const addLine = async (line: Uint8Array) => {
    tree.append(leafHash(line, hash))
    buffer.push(line)
    bytes += line.length + 1
    if (buffer.length >= MOST_RECORDS || bytes >= MOST_BYTES) await flush()
  }
  return {
    add: async (records) => {
      for (const record of records) {
        for (const field in record) fields.add(field)
        await addLine(encoder.encode(canonicalJson(record)))
      }
    },
    addLines: async (lines, known) => {
      for (const field of known) fields.add(field)
      for (const line of lines) await addLine(line)
    },
    finish: async () => {
      await flush()
      if (tree.size === 0) refuse('table-invalid', 'the file has no personas', 'A pack needs at least one record.')
      await files.writeStarts(id, { starts, count: tree.size })
      return { digest: digestHex(tree.root()), fields: [...fields], count: tree.size }
    },
  }
}
