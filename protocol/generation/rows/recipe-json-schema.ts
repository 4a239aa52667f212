import * as z from 'zod'
import { RowRecipe } from '../../../schemas/row-recipe.ts'

/** JSON Schema (draft 2020-12) of a row recipe as a person writes it, for editors; members that are not known are errors. */
export function rowRecipeJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(RowRecipe, { io: 'input' }), title: 'Tanemaki row recipe' }
}
