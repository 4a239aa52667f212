import { toHex } from '../../../protocol/canonical/hash.ts'
import { compileRecipe } from '../../../protocol/generation/rows/compile.ts'
import { rowRecipeFingerprint } from '../../../protocol/generation/rows/fingerprint.ts'
import { instantOf } from '../../../protocol/instant.ts'
import { Refused } from '../../../protocol/refusal.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import { type DatasetLabel, RunId, type RowRun } from '../../../schemas/runs.ts'
import { addRun, type RunDeps } from '../run-commit.ts'
import { refuseTakenName } from '../run-dataset.ts'
import { bindSources, commitmentsOf, refuseForbiddenEndpoints } from './bind-sources.ts'

export interface RowRunRequest {
  readonly recipe: RowRecipe
  readonly dataset: DatasetLabel | undefined
  readonly runSeed: string | undefined
  readonly hold: boolean
}

/** Checks everything that can be known before the first call, binds the sources, and queues the run. */
export async function startRowRun(deps: RunDeps, { recipe, dataset, runSeed, hold }: RowRunRequest): Promise<RowRun> {
  const plan = compileRecipe(recipe)
  if ('code' in plan) throw new Refused(plan)
  const sources = await bindSources(deps, recipe)
  await refuseForbiddenEndpoints(deps, plan, sources)
  const made = dataset ?? { name: recipe.name, version: '1.0.0' }
  await refuseTakenName(deps, made)
  const run: RowRun = {
    kind: 'rows',
    id: RunId.parse(`urn:uuid:${deps.random.uuid()}`),
    state: 'queued',
    recipe,
    recipeSha256: rowRecipeFingerprint(recipe, commitmentsOf(sources)),
    sources,
    runSeed: runSeed ?? toHex(deps.random.bytes(32)),
    dataset: made,
    version: 1,
    createdAt: instantOf(deps.clock.now()),
  }
  return addRun(deps, run, { hold })
}
