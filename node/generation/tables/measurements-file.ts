import * as z from 'zod'
import { NoisyMeasurements, TableRecipe } from '../../../schemas/generation.ts'
import { SeedSchema } from '../../../schemas/seed-schema.ts'
import { fromHex, toHex } from '../../../protocol/canonical/hash.ts'
import { BlobMissing, type Blobs } from '../../ports/blobs.ts'
import type { Keys } from '../../ports/keys.ts'
import { runFolder } from '../run-files.ts'

/** All that a run's rows are a function of; with it they can be sampled again for ever, without the seeds. */
export const StoredMeasurements = z.object({
  schema: SeedSchema,
  recipe: TableRecipe,
  measurements: NoisyMeasurements,
  /** 32 bytes in hexadecimal; private, because it is drawn once and fixes every row. */
  runSeed: z.string().regex(/^[0-9a-f]{64}$/),
})
export type StoredMeasurements = z.infer<typeof StoredMeasurements>

const file = (runId: string) => `${runFolder(runId)}/measurements`

export async function writeMeasurements(
  { blobs, keys }: { blobs: Blobs; keys: Keys },
  runId: string,
  stored: Omit<StoredMeasurements, 'runSeed'> & { runSeed: Uint8Array },
): Promise<StoredMeasurements> {
  const content = StoredMeasurements.parse({ ...stored, runSeed: toHex(stored.runSeed) })
  const sealed = await keys.seal(file(runId), new TextEncoder().encode(JSON.stringify(content)))
  await blobs.write(file(runId), sealed)
  return content
}

/** undefined when the run has measured nothing. */
export async function readMeasurements(
  { blobs, keys }: { blobs: Blobs; keys: Keys },
  runId: string,
): Promise<StoredMeasurements | undefined> {
  try {
    const opened = await keys.open(file(runId), await blobs.read(file(runId)))
    return StoredMeasurements.parse(JSON.parse(new TextDecoder().decode(opened)))
  } catch (error) {
    if (error instanceof BlobMissing) return undefined
    throw error
  }
}

export function runSeedOf(stored: StoredMeasurements): Uint8Array {
  return fromHex(stored.runSeed)
}
