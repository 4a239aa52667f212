import { describe, expect, it } from 'vitest'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import type { TableRecipe } from '../../schemas/generation.ts'
import { checkRecipe, parseRecipe, recipeFingerprint, suggest } from './recipe.ts'

const valid = { kind: 'dp-table', name: 'census', seedSet: 'people', epsilon: '1', delta: '1e-9', rows: 1000 }
const schema = SeedSchema.parse({
  subject: 'persons',
  columns: [
    { name: 'age', type: 'integer', domain: { min: 0, max: 99 } },
    { name: 'income', type: 'categorical', domain: { categories: ['low', 'high'], provenance: 'read-from-data' } },
    { name: 'note', type: 'text' },
  ],
})

function recipe(changes: object): TableRecipe {
  const parsed = parseRecipe({ ...valid, ...changes })
  if ('code' in parsed) throw new Error(parsed.detail)
  return parsed
}

describe('a recipe file', () => {
  it('is refused with the place of every fault and the member that was meant', () => {
    const refused = parseRecipe({ ...valid, epsilonn: 1, budget: { oneway: 1, select: 1, twoWay: 1 } })
    expect(refused).toMatchObject({
      code: 'recipe-invalid',
      errors: expect.arrayContaining([
        { path: 'epsilonn', message: 'is no member of a recipe; did you mean "epsilon"?' },
        { path: 'budget.oneway', message: 'is no member of a recipe; did you mean "oneWay"?' },
      ]),
    })
  })

  it.each([0, -1, '0', '-0.5', 'much'])('is refused with epsilon %j', (epsilon) => {
    expect(parseRecipe({ ...valid, epsilon })).toMatchObject({ code: 'recipe-invalid', errors: [{ path: 'epsilon' }] })
  })

  it.each([0, 1, -1e-9])('is refused with delta %j', (delta) => {
    expect(parseRecipe({ ...valid, delta })).toMatchObject({ code: 'recipe-invalid', errors: [{ path: 'delta' }] })
  })
})

describe('a recipe against its seed schema', () => {
  it('is refused for an unknown column, with the one that was meant', () => {
    expect(checkRecipe(recipe({ columns: ['agee'] }), schema)).toMatchObject({
      code: 'recipe-invalid',
      errors: [{ path: 'columns.0', message: 'the seed set has no column "agee"; did you mean "age"?' }],
    })
  })

  it('is refused for free text, a column named twice and a target that is not generated', () => {
    for (const changes of [
      { columns: ['age', 'note'] },
      { columns: ['age', 'age'] },
      { columns: ['age'], target: 'income' },
    ]) {
      expect(checkRecipe(recipe(changes), schema)).toMatchObject({ code: 'recipe-invalid' })
    }
  })

  it('is refused while a domain is read from the data and nobody confirmed it', () => {
    expect(checkRecipe(recipe({}), schema)).toMatchObject({
      code: 'domain-not-public',
      errors: [{ path: 'columns.income' }],
    })
    expect(checkRecipe(recipe({ columns: ['age'] }), schema)).toBeUndefined()
  })

  it('is refused when a constraint speaks of a value that its column cannot have', () => {
    const constraints = [{ name: 'c', must: { column: 'age', op: '<' as const, value: 'old' } }]
    const broken = SeedSchema.parse({ ...schema, constraints })
    expect(checkRecipe(recipe({ columns: ['age'] }), broken)).toMatchObject({
      code: 'recipe-invalid',
      errors: [{ path: 'seed schema: constraints.0.must', message: 'a value is not of column "age"' }],
    })
  })

  it('has a fingerprint that changes with the rows and not with their description', () => {
    const print = (changes: object): string => recipeFingerprint(recipe({ columns: ['age'], ...changes }), schema)
    expect(print({ name: 'other', description: 'x', outputs: { rowsPerPart: 10 }, epsilon: '1.0' })).toBe(print({}))
    for (const changes of [{ epsilon: 2 }, { rows: 5 }, { delta: '1e-8' }, { columns: ['income'] }]) {
      expect(print(changes)).not.toBe(print({}))
    }
  })
})

describe('suggest', () => {
  it('names a near word and no far one', () => {
    expect(suggest('colums', ['columns', 'rows'])).toBe('columns')
    expect(suggest('temperature', ['columns', 'rows'])).toBeUndefined()
  })
})
