import type { Validator } from '../../../schemas/validators.ts'
import { piiKinds } from '../../text/pii/pii-types.ts'
import { type AnswerSchema, readAnswerSchema } from './answer-schema.ts'
import type { RecipeNames } from './recipe-names.ts'
import type { PlannedValidator } from './row-plan.ts'
import { SchemaFault } from './schema-assertions.ts'

/** A JSON Schema that a recipe holds, read; faults in it are the recipe's. */
export function planSchema(
  names: RecipeNames,
  schema: Readonly<Record<string, unknown>>,
  path: string,
): AnswerSchema | undefined {
  const read = readAnswerSchema(schema)
  if (!(read instanceof SchemaFault)) return read
  names.fault(read.path === '' ? path : `${path}.${read.path}`, read.message)
  return undefined
}

function planPattern(names: RecipeNames, pattern: string, path: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    names.fault(path, 'must be a regular expression')
    return undefined
  }
}

/** The validators of a recipe by name, each read once. */
export function planValidators(names: RecipeNames): ReadonlyMap<string, PlannedValidator> {
  const planned = new Map<string, PlannedValidator>()
  for (const [name, validator] of Object.entries(names.recipe.validators)) {
    const path = `validators.${name}`
    if (name === 'valid' || name === 'failed') names.fault(path, `"${name}" is a member of every validation`)
    const pattern = validator.kind === 'regex' ? planPattern(names, validator.pattern, `${path}.pattern`) : undefined
    const schema = validator.kind === 'json-schema' ? planSchema(names, validator.schema, `${path}.schema`) : undefined
    if (validator.kind === 'length') checkLength(names, validator, path)
    if (validator.kind === 'pii')
      for (const [at, kind] of validator.allow.entries())
        names.known('kind of personal data', kind, { path: `${path}.allow.${at}`, names: piiKinds })
    for (const [member, reference] of referencesOf(validator)) names.reference(reference, `${path}.${member}`)
    planned.set(name, { name, validator, ...(pattern && { pattern }), ...(schema && { schema }) })
  }
  return planned
}

function checkLength(names: RecipeNames, validator: Extract<Validator, { kind: 'length' }>, path: string): void {
  const { min, max } = validator
  if (min === undefined && max === undefined) names.fault(path, 'needs min or max')
  if (min !== undefined && max !== undefined && min > max) names.fault(`${path}.max`, 'must not be less than min')
}

/** What a validator compares with: member of the validator, and the reference that stands there. */
export function referencesOf(validator: Validator): [string, string][] {
  if (!('with' in validator)) return []
  const terms = validator.kind === 'terms' && typeof validator.terms === 'string' ? validator.terms : undefined
  return [['with', validator.with], ...(terms === undefined ? [] : [['terms', terms] as [string, string]])]
}
