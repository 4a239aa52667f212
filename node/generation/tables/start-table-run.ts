import { checkBudget } from '../../../protocol/generation/budget.ts'
import { parseFraction } from '../../../protocol/generation/rational.ts'
import { recipeFingerprint } from '../../../protocol/generation/recipe.ts'
import { planRun } from '../../../protocol/generation/table-synthesis.ts'
import { instantOf } from '../../../protocol/instant.ts'
import { refuse, Refused } from '../../../protocol/refusal.ts'
import type { TableRecipe } from '../../../schemas/generation.ts'
import { type DatasetLabel, RunId, type TableRun } from '../../../schemas/runs.ts'
import { findSeedSet } from '../describe-seeds.ts'
import { addRun, type RunDeps } from '../run-commit.ts'
import { refuseTakenName } from '../run-dataset.ts'

export async function startTableRun(
  deps: RunDeps,
  { recipe, dataset }: { recipe: TableRecipe; dataset: DatasetLabel | undefined },
): Promise<TableRun> {
  const seedSet = await findSeedSet(deps, recipe.seedSet)
  if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
  const { schema } = await deps.files.details(seedSet)
  const plan = planRun(recipe, schema)
  if ('code' in plan) throw new Refused(plan)
  const refusal = checkBudget(await deps.store.budgetEntries(seedSet.id), seedSet.cap, parseFraction(plan.rho))
  if (refusal !== undefined) throw new Refused(refusal)
  const made = dataset ?? { name: recipe.name, version: '1.0.0' }
  await refuseTakenName(deps, made)
  return addRun(deps, {
    kind: 'dp-table',
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
  })
}
