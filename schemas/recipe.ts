import * as z from 'zod'
import { TableRecipe } from './generation.ts'
import { RowRecipe } from './row-recipe.ts'

/** Declarative description of a generation; `kind` says by which generator. */
export const Recipe = z.discriminatedUnion('kind', [TableRecipe, RowRecipe])
export type Recipe = z.infer<typeof Recipe>
