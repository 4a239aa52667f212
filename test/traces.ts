import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRawTable } from '../node/adapters/tabular/open-raw-table.ts'

/** The word as it is, and as it looks inside base64 or base64url at any of the three alignments. */
function shapesOf(word: string): Buffer[] {
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]).toString('base64')
    // What the bytes before and after decide is left out.
    const from = Math.ceil((shift * 8) / 6)
    return text.slice(from, from + Math.floor((word.length * 8 - 10) / 6))
  })
  return [word, encodeURIComponent(word), ...encoded].map((text) => Buffer.from(text))
}

export function holds(content: Uint8Array | string, word: string): boolean {
  const bytes = Buffer.from(content)
  return shapesOf(word).some((shape) => bytes.includes(shape))
}

/**
 * Files under `folder` that hold the word, also in base64 or in the cells of a Parquet file; paths relative to it. Looks once more
 * when a file was moved away from under its eyes: it may lie where it has looked already.
 */
export async function filesWith(folder: string, word: string): Promise<string[]> {
  for (let look = 0; look < 20; look += 1) {
    try {
      return await lookThrough(folder, word)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error('the files of the folder never rest')
}

async function lookThrough(folder: string, word: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    const inside = bytes.subarray(0, 4).toString('latin1') === 'PAR1' ? await cellsOf(path) : ''
    if (holds(bytes, word) || inside.includes(word)) found.push(path.slice(folder.length + 1))
  }
  return found
}

async function cellsOf(path: string): Promise<string> {
  const cells: string[] = []
  for await (const { rows } of (await openRawTable(path, 'parquet')).batches()) cells.push(...rows.flat().map(String))
  return cells.join('\n')
}
