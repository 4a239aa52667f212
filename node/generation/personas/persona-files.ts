import * as z from 'zod'
import type { Blobs } from '../../ports/blobs.ts'
import type { Keys } from '../../ports/keys.ts'

/** Number of the first record of each batch. */
const BatchStarts = z.object({ starts: z.array(z.int()), count: z.int() })
export type BatchStarts = z.infer<typeof BatchStarts>

/**
 * The sealed files of persona packs: batches of records as JSON lines, and where each begins. While a pack is written all lies
 * under `personas-writing/<id>`; `publish` moves the folder in one step. Each file is sealed under its final path.
 */
export interface PersonaFiles {
  writeBatch(id: string, batch: number, lines: Uint8Array): Promise<void>
  writeStarts(id: string, starts: BatchStarts): Promise<void>
  publish(id: string): Promise<void>
  discard(id: string): Promise<void>
  starts(id: string): Promise<BatchStarts>
  /** Records of one batch, each a line. */
  batch(id: string, batch: number): Promise<Uint8Array>
  remove(id: string): Promise<void>
  /** Removes what was never finished, and packs that no commit knows. */
  clear(known: (id: string) => Promise<boolean>): Promise<void>
}

const FINAL = 'personas'
const STAGING = 'personas-writing'
const key = (id: string) => id.replace('urn:uuid:', '')
const batchName = (batch: number) => `batches/${String(batch).padStart(9, '0')}`

export function createPersonaFiles(blobs: Blobs, keys: Keys): PersonaFiles {
  const at = (folder: string, id: string, name: string) => `${folder}/${key(id)}/${name}`
  const write = async (id: string, name: string, bytes: Uint8Array) => {
    await blobs.write(at(STAGING, id, name), await keys.seal(at(FINAL, id, name), bytes))
  }
  const read = async (id: string, name: string) => {
    const path = at(FINAL, id, name)
    return keys.open(path, await blobs.read(path))
  }
  return {
    writeBatch: (id, batch, lines) => write(id, batchName(batch), lines),
    writeStarts: (id, starts) => write(id, 'starts', new TextEncoder().encode(JSON.stringify(starts))),
    publish: (id) => blobs.move(`${STAGING}/${key(id)}`, `${FINAL}/${key(id)}`),
    discard: (id) => blobs.remove(`${STAGING}/${key(id)}`),
    starts: async (id) => BatchStarts.parse(JSON.parse(new TextDecoder().decode(await read(id, 'starts')))),
    batch: (id, batch) => read(id, batchName(batch)),
    remove: (id) => blobs.remove(`${FINAL}/${key(id)}`),
    clear: async (known) => {
      await blobs.remove(STAGING)
      const folders = new Set((await blobs.list(FINAL)).map((path) => path.split('/')[1] ?? ''))
      for (const folder of folders) {
        if (!(await known(`urn:uuid:${folder}`))) await blobs.remove(`${FINAL}/${folder}`)
      }
    },
  }
}
