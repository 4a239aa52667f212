import { fromHex } from '../../../protocol/canonical/hash.ts'
import { compileRecipe } from '../../../protocol/generation/rows/compile.ts'
import type { RowPlan } from '../../../protocol/generation/rows/row-plan.ts'
import { createSourceWalk } from '../../../protocol/generation/rows/source-walk.ts'
import { Refused } from '../../../protocol/refusal.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import type { ModelEndpoint } from '../../ports/models.ts'
import type { RunDeps } from '../run-commit.ts'
import { createAnswers, type Instead } from './answers.ts'
import { refuseForbiddenEndpoints, seedSetsIn } from './bind-sources.ts'
import { createRowMaker, type RowMaker } from './make-row.ts'
import { openSources } from './sources.ts'
import { Spending } from './spending.ts'

/** What a run, or a preview of one, is made with. */
export interface Generation {
  readonly plan: RowPlan
  readonly maker: RowMaker
  readonly spending: Spending
  /** Candidates that there are at most. */
  readonly end: number
  /** How many candidates are worth having open at the same time, as things stand now. */
  width(): number
}

/** Opens sources and models; refuses what may have changed since the run was bound. */
export async function openGeneration(
  deps: RunDeps,
  run: Pick<RowRun, 'id' | 'recipe' | 'sources' | 'runSeed'>,
  instead?: Instead,
): Promise<Generation> {
  const { recipe } = run
  const plan = planOf(recipe)
  await refuseForbiddenEndpoints(deps, plan, run.sources)
  const sources = await openSources(deps, run.sources)
  const records = Object.fromEntries([...sources].map(([name, source]) => [name, source.records]))
  const runSeed = fromHex(run.runSeed)
  const walk = createSourceWalk(recipe, records, runSeed)
  const spending = new Spending(recipe.limit)
  const { admissions } = deps
  const endpoints = endpointsOf(deps, recipe)
  // Whoever begins or resumes has seen to what paused an endpoint.
  for (const endpoint of endpoints) admissions.of(endpoint).resume()
  const answers = createAnswers({
    cache: await deps.answers.open(),
    clock: deps.clock,
    spending,
    admissions,
    runId: run.id,
    scope: seedSetsIn(run.sources),
    instead,
  })
  return {
    plan,
    spending,
    maker: createRowMaker({ plan, runSeed, walk, sources, answers, models: deps.models }),
    end: Math.min(recipe.accept.maxCandidates, walk.candidates),
    width: () => 3 * endpoints.reduce((sum, endpoint) => sum + admissions.of(endpoint).state().limit, 0),
  }
}

function endpointsOf({ models }: RunDeps, recipe: RowRecipe): ModelEndpoint[] {
  const names = new Set(Object.values(recipe.models).map(({ endpoint }) => endpoint))
  return [...names].flatMap((name) => models.endpoint(name) ?? [])
}

export function planOf(recipe: RowRecipe): RowPlan {
  const plan = compileRecipe(recipe)
  if ('code' in plan) throw new Refused(plan)
  return plan
}
