import { budgetState } from '../../../protocol/generation/budget-state.ts'
import { checkBudget } from '../../../protocol/generation/budget.ts'
import { parseFraction } from '../../../protocol/generation/rational.ts'
import { recipeColumns, recipeFingerprint } from '../../../protocol/generation/recipe.ts'
import { planRun } from '../../../protocol/generation/table-synthesis.ts'
import type { TableRecipe } from '../../../schemas/generation.ts'
import type { SeedColumnView } from '../../../schemas/seeds.ts'
import type { TablePreview } from '../../../schemas/runs.ts'
import { refuse, Refused } from '../../../protocol/refusal.ts'
import { columnViews } from '../column-views.ts'
import { findSeedSet } from '../describe-seeds.ts'
import type { RunDeps } from '../run-commit.ts'

/** What a run would do and cost; from the schema and the ledger alone, no row is read. */
export async function previewTable(deps: RunDeps, recipe: TableRecipe): Promise<TablePreview> {
  const seedSet = await findSeedSet(deps, recipe.seedSet)
  if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
  const { schema } = await deps.files.details(seedSet)
  const plan = planRun(recipe, schema)
  if ('code' in plan && plan.code !== 'domain-not-public') throw new Refused(plan)
  const entries = await deps.store.budgetEntries(seedSet.id)
  const columns = columnViews(recipeColumns(recipe, schema))
  const rho = 'code' in plan ? undefined : plan.rho
  const overspent = rho === undefined ? undefined : checkBudget(entries, seedSet.cap, parseFraction(rho))
  const obstacles = [
    ...('code' in plan ? [plan.detail, ...(plan.errors ?? []).map(({ path, message }) => `${path}: ${message}`)] : []),
    ...(overspent === undefined ? [] : [overspent.detail]),
  ]
  return {
    kind: 'dp-table',
    recipeSha256: recipeFingerprint(recipe, schema),
    columns,
    rows: recipe.rows,
    spends: { epsilon: recipe.epsilon, delta: recipe.delta, ...(rho === undefined ? {} : { rho }) },
    budget: budgetState(seedSet.cap, entries),
    fits: obstacles.length === 0,
    estimatedSeconds: estimatedSeconds(columns, recipe.rows),
    obstacles,
  }
}

/** Noise takes some 20 µs per measured cell, a sampled cell half a microsecond; measured on two cores. */
function estimatedSeconds(columns: readonly SeedColumnView[], rows: number): number {
  const cells = columns.map((column) => column.cells ?? 0)
  const oneWay = cells.reduce((sum, count) => sum + count, 0)
  const largest = Math.max(0, ...cells)
  const twoWay = cells.reduce((sum, count) => sum + count * Math.min(largest, 20), 0)
  const seconds = 0.5 + (oneWay + twoWay) * 2e-5 + rows * columns.length * 2e-6
  return Math.round(seconds * 10) / 10
}
