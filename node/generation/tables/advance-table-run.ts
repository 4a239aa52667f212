import * as z from 'zod'
import { recipeFingerprint } from '../../../protocol/generation/recipe.ts'
import type { Table } from '../../../protocol/generation/table.ts'
import { Refused } from '../../../protocol/refusal.ts'
import type { NoisyMeasurements } from '../../../schemas/generation.ts'
import type { TableRun } from '../../../schemas/runs.ts'
import { findSeedSet } from '../describe-seeds.ts'
import { type RunDeps, stepRun } from '../run-commit.ts'
import { readSide } from '../seed-reader.ts'
import { chargeRun } from './charge-run.ts'
import { readMeasurements, runSeedOf, type StoredMeasurements, writeMeasurements } from './measurements-file.ts'
import { makeDataset } from './table-dataset.ts'

const Progress = z.object({ phase: z.string(), done: z.number() })

/** Takes one committed step of a run that does not rest. */
export async function advanceTableRun(deps: RunDeps, run: TableRun, signal: AbortSignal): Promise<void> {
  if (run.state === 'queued') await chargeRun(deps, run, await findSeedSet(deps, run.seedSetId))
  else if (run.state === 'measuring') await measure(deps, run, signal)
  else await sampleAndPackage(deps, run, signal)
}

/** Measurements that were written before a crash are used as they are: seeds are never measured twice under one charge. */
async function measure(deps: RunDeps, run: TableRun, signal: AbortSignal): Promise<void> {
  const stored = (await readMeasurements(deps, run.id)) ?? (await measureSeeds(deps, run, signal))
  const changes = { measured: true, spent: stored.measurements.budget }
  await stepRun(deps, run, { event: 'measurements-stored', changes })
}

async function measureSeeds(deps: RunDeps, run: TableRun, signal: AbortSignal): Promise<StoredMeasurements> {
  const seedSet = await findSeedSet(deps, run.seedSetId)
  const { schema, table, units } = await readSide(deps, seedSet, 'training')
  const { recipe } = run
  if (recipeFingerprint(recipe, schema) !== run.recipeSha256) {
    throw new Refused({
      code: 'conflict',
      detail: 'the schema of the seed set was changed after the run was started',
      hint: 'Start a new run.',
    })
  }
  const input = { schema, recipe, training: table, ...(units === undefined ? {} : { units }) }
  const measurements = await deps.workers.run<NoisyMeasurements>('measure', input, following(deps, run, signal))
  signal.throwIfAborted()
  return writeMeasurements(deps, run.id, { schema, recipe, measurements, runSeed: deps.random.bytes(32) })
}

async function sampleAndPackage(deps: RunDeps, run: TableRun, signal: AbortSignal): Promise<void> {
  const stored = await readMeasurements(deps, run.id)
  if (stored === undefined) {
    throw new Refused({
      code: 'conflict',
      detail: 'the measurements of the run are gone: its seed set was erased',
      hint: 'Import the seeds again and start a new run.',
    })
  }
  const { schema, recipe, measurements } = stored
  const input = { schema, recipe, measurements, runSeed: runSeedOf(stored) }
  const table = await deps.workers.run<Table>('sample', input, following(deps, run, signal))
  const datasetId = await makeDataset(deps, { run, stored, table, signal })
  await stepRun(deps, run, { event: 'dataset-made', changes: { datasetId } })
}

function following(deps: RunDeps, run: TableRun, signal: AbortSignal) {
  return {
    signal,
    onProgress: (progress: unknown) => {
      const parsed = Progress.safeParse(progress)
      if (parsed.success) deps.board.publish({ run, ...parsed.data })
    },
  }
}
