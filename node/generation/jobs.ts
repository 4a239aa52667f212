import * as z from 'zod'
import type { NoisyMeasurements } from '../../schemas/generation.ts'
import { RunId, type Run } from '../../schemas/seeds.ts'
import { recipeFingerprint } from '../../protocol/generation/recipe.ts'
import type { Table } from '../../protocol/generation/table.ts'
import { Refused } from '../../protocol/refusal.ts'
import { errorFields } from '../telemetry/logger.ts'
import type { JobContext, JobHandler, JobOutcome } from '../ports/queue.ts'
import { chargeRun } from './charge-run.ts'
import { findSeedSet } from './describe-seeds.ts'
import { isResting, RunCancelled } from './run-board.ts'
import { RUN_QUEUE, type RunDeps, stepRun } from './run-commit.ts'
import { makeDataset } from './run-dataset.ts'
import { readMeasurements, runSeedOf, type StoredMeasurements, writeMeasurements } from './run-files.ts'
import { readSide } from './seed-reader.ts'

const Payload = z.object({ id: RunId })
const Progress = z.object({ phase: z.string(), done: z.number() })
/** Tries after which an unexpected failure is the run's end; a person may resume it. */
const MOST_TRIES = 3

/** Brings a run from wherever it stands to its end; every step is committed, so a crash goes on behind the last one. */
export function runHandler(deps: RunDeps): JobHandler {
  return {
    queue: RUN_QUEUE,
    concurrency: 1,
    run: async (payload, context) => {
      const { id } = Payload.parse(payload)
      const work = deps.board.begin(id, context.signal)
      try {
        return await advance(deps, id, work.signal)
      } catch (error) {
        return await settleFailure(deps, id, { error, context })
      } finally {
        work.end()
      }
    },
  }
}

async function advance(deps: RunDeps, id: RunId, signal: AbortSignal): Promise<JobOutcome> {
  for (;;) {
    signal.throwIfAborted()
    const run = await deps.store.run(id)
    if (run === undefined || isResting(run)) return { kind: 'done' }
    if (run.state === 'queued') await chargeRun(deps, run, await findSeedSet(deps, run.seedSetId))
    else if (run.state === 'measuring') await measure(deps, run, signal)
    else await sampleAndPackage(deps, run, signal)
  }
}

/** Measurements that were written before a crash are used as they are: seeds are never measured twice under one charge. */
async function measure(deps: RunDeps, run: Run, signal: AbortSignal): Promise<void> {
  const stored = (await readMeasurements(deps, run.id)) ?? (await measureSeeds(deps, run, signal))
  const changes = { measured: true, spent: stored.measurements.budget }
  await stepRun(deps, run, { event: 'measurements-stored', changes })
}

async function measureSeeds(deps: RunDeps, run: Run, signal: AbortSignal): Promise<StoredMeasurements> {
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

async function sampleAndPackage(deps: RunDeps, run: Run, signal: AbortSignal): Promise<void> {
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

function following(deps: RunDeps, run: Run, signal: AbortSignal) {
  return {
    signal,
    onProgress: (progress: unknown) => {
      const parsed = Progress.safeParse(progress)
      if (parsed.success) deps.board.publish({ run, ...parsed.data })
    },
  }
}

async function settleFailure(
  deps: RunDeps,
  id: RunId,
  { error, context }: { error: unknown; context: JobContext },
): Promise<JobOutcome> {
  if (error instanceof RunCancelled) return { kind: 'done' }
  if (context.signal.aborted) return { kind: 'retry', error: 'the node stopped' }
  if (!(error instanceof Refused) && context.attempt < MOST_TRIES) throw error
  const reason =
    error instanceof Refused
      ? `${error.refusal.detail}. ${error.refusal.hint}`
      : 'the node failed at it; its log has an entry with the same time'
  deps.log.warn('run-failed', { run: id, ...errorFields(error) })
  for (;;) {
    const run = await deps.store.run(id)
    if (run === undefined || isResting(run)) return { kind: 'done' }
    if ((await stepRun(deps, run, { event: 'failed', changes: { error: reason } })) !== undefined)
      return { kind: 'done' }
  }
}
