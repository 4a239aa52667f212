import { decideRun } from '../../protocol/generation/run-machine.ts'
import { checkBudget, spentRho } from '../../protocol/generation/budget.ts'
import { formatFraction, parseFraction } from '../../protocol/generation/rational.ts'
import { recipeColumns, recipeFingerprint } from '../../protocol/generation/recipe.ts'
import { planRun } from '../../protocol/generation/table-synthesis.ts'
import { estimateTotal } from '../../protocol/generation/tree.ts'
import { instantOf } from '../../protocol/instant.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { DpClaim } from '../../schemas/evaluation.ts'
import type { Recipe } from '../../schemas/generation.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import { type Run, RunId, type SeedSet, type StartRun } from '../../schemas/seeds.ts'
import type { Effects } from '../ports/effects.ts'
import { findSeedSet } from './describe-seeds.ts'
import type { Runs } from './operations.ts'
import { previewRecipe } from './preview-recipe.ts'
import { isResting } from './run-board.ts'
import { findRun, lookUpRun, RUN_QUEUE, type RunDeps, stepRun } from './run-commit.ts'
import { refuseTakenName } from './run-dataset.ts'
import { readMeasurements } from './run-files.ts'

const MOST_LISTED = 1000

export function createRuns(deps: RunDeps): Runs {
  const again = async (id: string, event: 'cancel-requested' | 'resume-requested') => {
    for (;;) {
      const stepped = await stepRun(deps, await findRun(deps, id), { event })
      if (stepped !== undefined) return stepped
    }
  }
  return {
    preview: (recipe) => previewRecipe(deps, recipe),
    start: (request) => startRun(deps, request),
    get: (id) => lookUpRun(deps, id),
    list: () => deps.store.runs({ limit: MOST_LISTED }),
    cancel: (id) => again(id, 'cancel-requested'),
    resume: async (id) => {
      const run = await findRun(deps, id)
      await refuseIfErased(deps, run)
      return again(id, 'resume-requested')
    },
    follow: (id, options) => followRun(deps, id, options),
    claim: async (id) => claimOf(deps, await findRun(deps, id)),
  }
}

async function startRun(deps: RunDeps, { recipe, dataset }: StartRun): Promise<Run> {
  const seedSet = await findSeedSet(deps, recipe.seedSet)
  const schema = await usableSchema(deps, seedSet)
  const plan = planRun(recipe, schema)
  if ('code' in plan) throw new Refused(plan)
  const refusal = checkBudget(await deps.store.budgetEntries(seedSet.id), seedSet.cap, parseFraction(plan.rho))
  if (refusal !== undefined) throw new Refused(refusal)
  const made = dataset ?? { name: recipe.name, version: '1.0.0' }
  await refuseTakenName(deps, made, await deps.store.runs({ limit: MOST_LISTED }))
  const run: Run = {
    id: RunId.parse(`urn:uuid:${deps.random.uuid()}`),
    state: 'queued',
    seedSetId: seedSet.id,
    recipe,
    recipeSha256: recipeFingerprint(recipe, schema),
    dataset: made,
    version: 1,
    charged: false,
    measured: false,
    createdAt: instantOf(deps.clock.now()),
  }
  await deps.store.addRun(run, workOn(run))
  deps.log.info('run-started', { run: run.id, seedSet: seedSet.id })
  return run
}

function workOn(run: Run): Effects {
  return { jobs: [{ queue: RUN_QUEUE, key: run.id, payload: { id: run.id } }] }
}

async function usableSchema(deps: RunDeps, seedSet: SeedSet): Promise<SeedSchema> {
  if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
  return (await deps.files.details(seedSet)).schema
}

async function refuseIfErased(deps: RunDeps, run: Run): Promise<void> {
  const seedSet = await findSeedSet(deps, run.seedSetId)
  const decision = decideRun(run, 'resume-requested')
  if (seedSet.state === 'erased' && !('code' in decision)) {
    refuse(
      'conflict',
      'the seed set of the run is erased, and its measurements with it',
      'Start a new run on other seeds.',
    )
  }
}

async function followRun(
  deps: RunDeps,
  id: string,
  { onProgress, signal }: Parameters<Runs['follow']>[1],
): Promise<Run> {
  const run = await findRun(deps, id)
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stopWatching()
      signal?.removeEventListener('abort', aborted)
      finish()
    }
    const aborted = () => settle(() => reject(signal?.reason instanceof Error ? signal.reason : new Error('stopped')))
    const stopWatching = deps.board.watch(run.id, (progress) => {
      onProgress(progress)
      if (isResting(progress.run)) settle(() => resolve(progress.run))
    })
    signal?.addEventListener('abort', aborted, { once: true })
    deps.store.run(run.id).then((now) => {
      if (now === undefined) return
      onProgress({ run: now })
      if (isResting(now)) settle(() => resolve(now))
    }, reject)
  })
}

async function claimOf(deps: RunDeps, run: Run): Promise<DpClaim | undefined> {
  const stored = await readMeasurements(deps, run.id)
  if (stored === undefined) return undefined
  const { schema, recipe, measurements } = stored
  const entries = await deps.store.budgetEntries(run.seedSetId)
  const { epsilon, delta, rhoSpent, unit, rowsPerUnit, neighbouring } = measurements.budget
  return {
    epsilon,
    delta,
    rhoSpent,
    rhoTotal: formatFraction(spentRho(entries)),
    unit,
    rowsPerUnit,
    neighbouring,
    domain: allPublic(recipe, schema) ? 'public' : 'read-from-data',
    rowsConstant: true,
    publicRows: Math.round(estimateTotal(measurements.oneWay)),
  }
}

function allPublic(recipe: Recipe, schema: SeedSchema): boolean {
  return recipeColumns(recipe, schema).every((column) => !('domain' in column) || column.domain.provenance === 'public')
}
