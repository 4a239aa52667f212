import * as z from 'zod'
import { SeedDetails, SeedSecrets } from '../../schemas/seeds.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import type { SeedSide } from '../../protocol/generation/control-split.ts'
import type { SeedRow } from '../../protocol/generation/seed-commitment.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Keys } from '../ports/keys.ts'

const Rows = z.array(z.array(z.string().nullable()))

/**
 * The sealed files of seed sets. While a set is written everything lies under `seeds-importing/<id>`; `publish` moves the folder
 * to `seeds/<id>` in one step. Each file is sealed under its final path, so none can stand in for another.
 */
export interface SeedFiles {
  writeRows(place: BatchPlace, rows: readonly SeedRow[]): Promise<void>
  writeSecrets(id: string, secrets: SeedSecrets): Promise<void>
  secrets(id: string): Promise<SeedSecrets>
  writeFirstDetails(id: string, details: SeedDetails): Promise<void>
  publish(id: string): Promise<void>
  discard(id: string): Promise<void>
  details(seedSet: SeedSet): Promise<SeedDetails>
  writeDetails(id: string, version: number, details: SeedDetails): Promise<void>
  /** Rows `batch` × SEED_BATCH and after, at most SEED_BATCH of them. */
  batch(place: BatchPlace): Promise<readonly SeedRow[]>
  /** All kept rows of one side in file order, a batch at a time. */
  rows(seedSet: SeedSet, side: SeedSide): AsyncGenerator<readonly SeedRow[]>
  remove(id: string): Promise<void>
  /** Removes imports that never came to their end, and sets that no commit knows. */
  clear(known: (id: string) => Promise<boolean>): Promise<void>
}

export interface BatchPlace {
  readonly id: string
  readonly side: SeedSide
  readonly batch: number
}

/** Rows of every batch but the last. */
export const SEED_BATCH = 4096
const FINAL = 'seeds'
const STAGING = 'seeds-importing'
const key = (id: string) => id.replace('urn:uuid:', '')
const batchName = ({ side, batch }: Omit<BatchPlace, 'id'>) => `${side}/${String(batch).padStart(9, '0')}`

export function createSeedFiles(blobs: Blobs, keys: Keys): SeedFiles {
  const at = (folder: string, id: string, name: string) => `${folder}/${key(id)}/${name}`
  const write = async (folder: string, { id, name }: { id: string; name: string }, value: unknown) => {
    const sealed = await keys.seal(at(FINAL, id, name), new TextEncoder().encode(JSON.stringify(value)))
    await blobs.write(at(folder, id, name), sealed)
  }
  const read = async (id: string, name: string): Promise<unknown> => {
    const path = at(FINAL, id, name)
    return z.unknown().parse(JSON.parse(new TextDecoder().decode(await keys.open(path, await blobs.read(path)))))
  }
  const details = async (seedSet: SeedSet) =>
    SeedDetails.parse(await read(seedSet.id, `details/${seedSet.detailsVersion}`))
  return {
    writeRows: ({ id, ...place }, rows) => write(STAGING, { id, name: batchName(place) }, rows),
    writeSecrets: (id, secrets) => write(STAGING, { id, name: 'secrets' }, SeedSecrets.parse(secrets)),
    secrets: async (id) => SeedSecrets.parse(await read(id, 'secrets')),
    writeFirstDetails: (id, first) => write(STAGING, { id, name: 'details/1' }, first),
    publish: (id) => blobs.move(`${STAGING}/${key(id)}`, `${FINAL}/${key(id)}`),
    discard: (id) => blobs.remove(`${STAGING}/${key(id)}`),
    details,
    writeDetails: (id, version, next) => write(FINAL, { id, name: `details/${version}` }, next),
    batch: async ({ id, ...place }) => Rows.parse(await read(id, batchName(place))),
    async *rows(seedSet, side) {
      const { batches } = (await details(seedSet))[side]
      for (let batch = 0; batch < batches; batch += 1) {
        yield Rows.parse(await read(seedSet.id, batchName({ side, batch })))
      }
    },
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
