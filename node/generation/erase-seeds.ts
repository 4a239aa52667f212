import * as z from 'zod'
import { instantOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import { type ErasureReport, type SeedSet, SeedSetId } from '../../schemas/seeds.ts'
import type { JobHandler } from '../ports/queue.ts'
import type { GenerationDeps } from './dependencies.ts'
import { removeRunFiles } from './run-files.ts'

const QUEUE = 'seeds-erase'
const Payload = z.object({ id: SeedSetId })

/** Erases content, secrets and measurements; the job repeats it should the process die between commit and removal. */
export async function eraseSeeds(deps: GenerationDeps, seedSet: SeedSet): Promise<ErasureReport> {
  const runs = await deps.store.runs({ limit: 10_000, seedSetId: seedSet.id })
  if (runs.some((run) => run.state === 'queued' || run.state === 'measuring')) {
    refuse('conflict', 'a run is reading this seed set', 'Cancel the run or wait for its end: tanemaki run list')
  }
  const erasedAt = instantOf(deps.clock.now())
  const jobs = [{ queue: QUEUE, key: seedSet.id, payload: { id: seedSet.id } }]
  if ((await deps.store.eraseSeedSet(seedSet.id, erasedAt, { jobs })) === 'conflict') {
    refuse('conflict', 'the seed set is erased already', 'Nothing is left to do.')
  }
  await removeFiles(deps, seedSet.id)
  deps.log.info('seeds-erased', { seedSet: seedSet.id })
  return {
    id: seedSet.id,
    name: seedSet.name,
    erasedAt,
    removed: [
      'all rows, training and control',
      'the schema with its domains and the row counts',
      'the secrets that open the commitments and the control split',
      `the noisy measurements and run seeds of ${runs.length === 1 ? '1 run' : `${runs.length} runs`}, so no further rows can be sampled from them`,
      'every answer of a model to a question that could hold a row, and the outcomes of runs that read them',
    ],
    remains: [
      `the commitment ${seedSet.commitment.root} in the ledger, which nothing can open any more`,
      'the lines of the privacy budget, which keep counting for ever',
      'datasets made from these seeds, with their manifests and reports',
    ],
  }
}

export function eraseSeedsHandler(deps: GenerationDeps): JobHandler {
  return {
    queue: QUEUE,
    run: async (payload) => {
      await removeFiles(deps, Payload.parse(payload).id)
      return { kind: 'done' }
    },
  }
}

async function removeFiles(deps: GenerationDeps, id: SeedSetId): Promise<void> {
  await deps.files.remove(id)
  await (await deps.answers.open()).removeScope(id)
  for (const run of await deps.store.runs({ limit: 10_000, seedSetId: id })) await removeRunFiles(deps.blobs, run.id)
}
