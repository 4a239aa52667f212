import { spentRho } from '../../../protocol/generation/budget.ts'
import { formatFraction } from '../../../protocol/generation/rational.ts'
import { recipeColumns } from '../../../protocol/generation/recipe.ts'
import { estimateTotal } from '../../../protocol/generation/tree.ts'
import type { DpClaim } from '../../../schemas/evaluation.ts'
import type { TableRecipe } from '../../../schemas/generation.ts'
import type { TableRun } from '../../../schemas/runs.ts'
import type { SeedSchema } from '../../../schemas/seed-schema.ts'
import type { RunDeps } from '../run-commit.ts'
import { readMeasurements } from './measurements-file.ts'

/** What a table made by this run may claim; undefined before its measurements are stored. */
export async function claimOf(deps: RunDeps, run: TableRun): Promise<DpClaim | undefined> {
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

function allPublic(recipe: TableRecipe, schema: SeedSchema): boolean {
  return recipeColumns(recipe, schema).every((column) => !('domain' in column) || column.domain.provenance === 'public')
}
