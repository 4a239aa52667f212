import * as z from 'zod'
import { RowRecipe } from '../../../schemas/row-recipe.ts'
import { inWords, type Refusal } from '../../refusal.ts'
import { suggest } from '../recipe.ts'

/** One thing that is wrong with a recipe, and where; never a value of it. */
export interface RecipeFault {
  readonly path: string
  readonly message: string
}

export function recipeRefusal(faults: readonly RecipeFault[]): Refusal {
  const [first] = faults
  return {
    code: 'recipe-invalid',
    detail: faults.length === 1 && first ? `${first.path}: ${first.message}` : `the recipe has ${faults.length} faults`,
    hint: 'Correct the named places; tanemaki recipe check lists them all.',
    errors: faults,
  }
}

/** `message`, and the known word that was probably meant. */
export function withSuggestion(message: string, word: string, known: readonly string[]): string {
  const meant = suggest(word, known)
  return meant === undefined ? message : `${message}; did you mean "${meant}"?`
}

/** Reads a recipe from parsed YAML or JSON. Members that are not known are refused at any depth, with the one that was meant. */
export function readRowRecipe(value: unknown): RowRecipe | Refusal {
  const result = RowRecipe.safeParse(value)
  if (result.success) return result.data
  return recipeRefusal(result.error.issues.flatMap((issue) => faultsOf(issue, { root: value, prefix: [] })))
}

interface Place {
  readonly root: unknown
  readonly prefix: readonly PropertyKey[]
}

function faultsOf(issue: z.core.$ZodIssue, { root, prefix }: Place): RecipeFault[] {
  const path = [...prefix, ...issue.path]
  const where = path.map(String).join('.')
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [likeliest] = issue.errors.toSorted((a, b) => weight(a) - weight(b))
    return (likeliest ?? []).flatMap((each) => faultsOf(each, { root, prefix: path }))
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: where || 'recipe', message: inWords(issue.message) }]
  const known = membersAt(RowRecipe, { value: root, path })
  return issue.keys.map((key) => ({
    path: where === '' ? key : `${where}.${key}`,
    message: withSuggestion('is no member that is known here', key, known),
  }))
}

/** Faults of one alternative; the one with the fewest is what was probably meant. */
const weight = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)

/** Members that the schema knows at a place, as far as the value says which alternative it is. */
function membersAt(
  schema: unknown,
  { value, path }: { readonly value: unknown; readonly path: readonly PropertyKey[] },
): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return membersAt(schema.unwrap(), { value, path })
  if (schema instanceof z.ZodUnion)
    return alternatives(schema, value).flatMap((option) => membersAt(option, { value, path }))
  const [step, ...rest] = path
  if (step === undefined) return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const inner = { value: memberOf(value, step), path: rest }
  if (schema instanceof z.ZodObject) return membersAt(schema.shape[String(step)], inner)
  if (schema instanceof z.ZodArray) return membersAt(schema.element, inner)
  return schema instanceof z.ZodRecord ? membersAt(schema.valueType, inner) : []
}

const memberOf = (value: unknown, step: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined

function alternatives(schema: z.ZodUnion, value: unknown): readonly unknown[] {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema.options
  const { discriminator } = schema.def
  const named = schema.options.filter(
    (option) =>
      option instanceof z.ZodObject &&
      (option.shape[discriminator] as z.ZodType | undefined)?.safeParse(memberOf(value, discriminator)).success ===
        true,
  )
  return named.length === 0 ? schema.options : named
}
