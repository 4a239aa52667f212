import { describe, expect, it } from 'vitest'
import { compileRecipe } from './compile.ts'
import { readRowRecipe } from './read-recipe.ts'

function faultsOf(input: object): string[] {
  const recipe = readRowRecipe(input)
  const plan = 'code' in recipe ? recipe : compileRecipe(recipe)
  return 'code' in plan ? (plan.errors ?? []).map(({ path, message }) => `${path}: ${message}`) : []
}

describe('samplers of a recipe', () => {
  const samplers = (...columns: object[]): object => ({
    kind: 'rows',
    name: 'samplers',
    columns: columns.map((each) => ({ type: 'sampler', ...each })),
    accept: { target: 1, maxCandidates: 1 },
  })
  const start = { name: 'start', sampler: { kind: 'datetime', start: '2024-01-01', end: '2025-01-01' } }

  it.each([
    [
      'a range upside down',
      [{ name: 'a', sampler: { kind: 'integer', low: 2, high: 1 } }],
      'columns.0.sampler.high: must not be less than low',
    ],
    [
      'a parent that has values without children',
      [
        { name: 'a', sampler: { kind: 'category', values: ['x', 'y'] } },
        { name: 'b', sampler: { kind: 'subcategory', parent: 'a', values: { x: [1] } } },
      ],
      'columns.1.sampler.values: has nothing for the value "y" of "a"',
    ],
    [
      'a parent that is drawn later',
      [
        { name: 'b', sampler: { kind: 'subcategory', parent: 'a', values: { x: [1] } } },
        { name: 'a', sampler: { kind: 'category', values: ['x'] } },
      ],
      'columns.0.sampler.parent: "a" is drawn later; move it above this column',
    ],
    [
      'a condition over a later sampler',
      [
        { name: 'b', sampler: { kind: 'uuid' }, conditional: [{ when: 'a == 1', sampler: { kind: 'uuid' } }] },
        { name: 'a', sampler: { kind: 'category', values: ['x'] } },
      ],
      'columns.0.conditional.0.when: "a" is drawn later; move it above this column',
    ],
    [
      'a time after what is no moment',
      [
        { name: 'a', sampler: { kind: 'uuid' } },
        { name: 'b', sampler: { kind: 'timedelta', reference: 'a', min: 0, max: 5 } },
      ],
      'columns.1.sampler.reference: "a" is no moment',
    ],
    [
      'an empty time',
      [start, { name: 'b', sampler: { kind: 'timedelta', reference: 'start', min: 5, max: 5 } }],
      'columns.1.sampler.max: must be more than min, for it is excluded',
    ],
    [
      'texts that become numbers but are none',
      [{ name: 'a', convertTo: 'integer', sampler: { kind: 'category', values: ['1', 'x'] } }],
      'columns.0.convertTo: the value "x" is no number',
    ],
    [
      'a moment that becomes a number',
      [{ ...start, convertTo: 'number' }],
      'columns.0.convertTo: a datetime is a text and no number',
    ],
  ])('%s is refused', (_, columns, fault) => {
    expect(faultsOf(samplers(...columns))).toContain(fault)
  })

  it('may be the whole of a recipe', () => {
    expect(faultsOf(samplers(start))).toEqual([])
  })
})
