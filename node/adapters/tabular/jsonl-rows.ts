import type { RecordBatch, Records } from '../../ports/records.ts'
import type { Cell } from '../../ports/tables.ts'
import { invalidTable, Places } from './invalid-table.ts'
import { LineBatches } from './line-batches.ts'
import type { RawTableOptions } from './raw-table.ts'
import type { TableFile } from './table-file.ts'
import { numberedLines } from './text-lines.ts'

const LINES_FOR_HEADER = 1000

/** One JSON object per line with scalar members; a member that is left out is null. */
export async function openJsonl(file: TableFile, options: RawTableOptions): Promise<Records> {
  const header = options.members ?? (await membersOf(file))
  return { header, batches: () => batches(file, header) }
}

async function membersOf(file: TableFile): Promise<string[]> {
  const members = new Set<string>()
  let lines = 0
  for await (const { line, text } of numberedLines(file)) {
    if (text.trim() === '') continue
    const places = new Places()
    for (const name of Object.keys(readObject(text, `line ${line}`, places) ?? {})) members.add(name)
    places.check()
    if ((lines += 1) === LINES_FOR_HEADER) break
  }
  if (members.size === 0) throw invalidTable('the file has no records', 'A JSON Lines file has one object per line.')
  return [...members]
}

async function* batches(file: TableFile, header: readonly string[]): AsyncGenerator<RecordBatch> {
  const places = new Places()
  const known = new Set(header)
  const gathered = new LineBatches()
  for await (const { line, text } of numberedLines(file)) {
    if (text.trim() === '') continue
    const object = readObject(text, `line ${line}`, places)
    if (object === undefined) continue
    const unknown = Object.keys(object).findIndex((name) => !known.has(name))
    if (unknown !== -1) places.add(`line ${line}, member ${unknown + 1}`, 'is not in the schema')
    const cells = header.map((name) => scalar(object[name], `line ${line}, column "${name}"`, places))
    const batch = gathered.add(line, cells)
    if (batch !== undefined) yield batch
  }
  places.check()
  const last = gathered.rest()
  if (last !== undefined) yield last
}

function readObject(text: string, place: string, places: Places): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
    places.add(place, 'is not a JSON object')
  } catch {
    places.add(place, 'is not JSON')
  }
  return undefined
}

function scalar(value: unknown, place: string, places: Places): Cell {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  places.add(place, 'is not a single value')
  return null
}
