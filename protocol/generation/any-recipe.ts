import type { Recipe } from '../../schemas/recipe.ts'
import type { Refusal } from '../refusal.ts'
import { parseRecipe } from './recipe.ts'
import { compileRecipe } from './rows/compile.ts'
import { readRowRecipe, recipeRefusal, withSuggestion } from './rows/read-recipe.ts'

const KINDS = ['dp-table', 'rows']

/**
 * Reads a recipe of any kind from parsed YAML or JSON, and checks all that can be checked without its sources. Refusal
 * `recipe-invalid` names every faulty place.
 */
export function readAnyRecipe(value: unknown): Recipe | Refusal {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  if (kind === 'dp-table') return parseRecipe(value)
  if (kind !== 'rows') {
    const said = kind === undefined ? 'is missing' : 'is no kind of recipe'
    const message = withSuggestion(`${said}; known are ${KINDS.join(' and ')}`, String(kind), KINDS)
    return recipeRefusal([{ path: 'kind', message }])
  }
  const recipe = readRowRecipe(value)
  if ('code' in recipe) return recipe
  const plan = compileRecipe(recipe)
  return 'code' in plan ? plan : recipe
}
