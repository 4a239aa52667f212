import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import type { Refusal } from '../../refusal.ts'
import { checkAccept, checkModels, checkNames, checkOutput, checkSources } from './check-recipe.ts'
import type { SourceColumns } from './known-members.ts'
import { orderColumns } from './order-columns.ts'
import { planColumn, type Unordered } from './plan-column.ts'
import { planValidators } from './plan-validators.ts'
import { recipeRefusal } from './read-recipe.ts'
import { RecipeNames } from './recipe-names.ts'
import type { PlannedColumn, RowPlan } from './row-plan.ts'

/**
 * Checks a recipe and reads its templates, expressions, schemas and validators once. `sources`: columns of the sources' records
 * where the node knows them, so that a member which no record has is found before a run. Refusal `recipe-invalid` lists every
 * fault with its path: names that nothing has, circles, texts as conditions, impossible parameters.
 */
export function compileRecipe(recipe: RowRecipe, sources: SourceColumns = {}): RowPlan | Refusal {
  const names = new RecipeNames(recipe, sources)
  checkNames(names)
  checkSources(names)
  checkModels(names)
  checkMembers(names, sources)
  const validators = planValidators(names)
  const planned = recipe.columns.map((column, at) => planColumn(column, { names, validators, at }))
  const acceptWhen = checkAccept(names)
  const output = checkOutput(names)
  const columns = order(
    names,
    planned.filter((each) => each !== undefined),
  )
  if (names.faults.length > 0) return recipeRefusal(distinct(names.faults))
  const stages: string[][] = []
  for (const { name, stage } of columns) (stages[stage] ??= []).push(name)
  return {
    recipe,
    columns,
    stages,
    kept: recipe.columns.filter(({ drop }) => !drop).map(({ name }) => name),
    ...(acceptWhen && { acceptWhen }),
    output,
  }
}

function order(names: RecipeNames, planned: readonly Unordered[]): PlannedColumn[] {
  const selfish = planned.filter(({ name, needs }) => needs.includes(name))
  for (const { name } of selfish) names.fault(pathOf(names, name), `column "${name}" needs itself`)
  const result = orderColumns(planned.filter((each) => !selfish.includes(each)))
  if ('ordered' in result) return result.ordered.map(({ column, stage }) => ({ ...column, stage }))
  const [first = ''] = result.circle
  names.fault(pathOf(names, first), `columns need each other in a circle: ${result.circle.join(' needs ')}`)
  return []
}

const pathOf = (names: RecipeNames, column: string): string =>
  `columns.${names.recipe.columns.findIndex(({ name }) => name === column)}`

/** Members that seed and persona columns take of records whose columns are known. */
function checkMembers(names: RecipeNames, sources: SourceColumns): void {
  for (const [at, column] of names.recipe.columns.entries()) {
    if (column.type !== 'seed' && column.type !== 'persona') continue
    const [member, place] = column.type === 'seed' ? [column.column, 'column'] : [column.field, 'field']
    const known = sources[column.source]
    if (member === undefined || known === undefined) continue
    names.known(`column of the source "${column.source}"`, member, { path: `columns.${at}.${place}`, names: known })
  }
}

const distinct = <Fault extends { readonly path: string; readonly message: string }>(
  faults: readonly Fault[],
): Fault[] =>
  faults.filter(
    (fault, at) => faults.findIndex(({ path, message }) => path === fault.path && message === fault.message) === at,
  )
