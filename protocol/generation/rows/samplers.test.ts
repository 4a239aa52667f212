import { describe, expect, it } from 'vitest'
import type { CellValue, Sampler } from '../../../schemas/row-columns.ts'
import { compileRecipe } from './compile.ts'
import { CounterRandom } from './counter-random.ts'
import { binomialWeights, normalCdf, poissonWeights, zipfWeights } from './distributions.ts'
import { compileDraw } from './draw.ts'
import { readRowRecipe } from './read-recipe.ts'
import { createRowSampler, type RowSampler } from './samplers.ts'
import { textOf } from './templates/values.ts'

const seed = new Uint8Array(32).fill(5)

function samplerOf(columns: object[], runSeed = seed): RowSampler {
  const recipe = readRowRecipe({
    kind: 'rows',
    name: 'samplers',
    columns: columns.map((each) => ({ type: 'sampler', ...each })),
    accept: { target: 1, maxCandidates: 1 },
  })
  const plan = 'code' in recipe ? recipe : compileRecipe(recipe)
  if ('code' in plan) throw new Error(JSON.stringify(plan.errors))
  return createRowSampler(plan, runSeed)
}

function draws(sampler: Sampler, count: number): CellValue[] {
  const draw = compileDraw(sampler, new CounterRandom(11, 12))
  return Array.from({ length: count }, (_, row) => draw(row, {}))
}

/** Largest distance between the distribution of the draws and the one that they should have. */
function distance(sampler: Sampler, cdf: (x: number) => number): number {
  const values = draws(sampler, 20_000)
    .map(Number)
    .toSorted((a, b) => a - b)
  return Math.max(...values.map((value, at) => Math.abs(cdf(value) - (at + 0.5) / values.length)))
}

/** χ² of draws against probabilities, in standard deviations above its mean (Wilson and Hilferty). */
function surprise(values: readonly unknown[], expected: ReadonlyMap<unknown, number>): number {
  const total = [...expected.values()].reduce((sum, weight) => sum + weight, 0)
  const counts = new Map<unknown, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let chi = 0
  let cells = 0
  let rest = { seen: values.length, expected: values.length }
  for (const [value, weight] of expected) {
    const mean = (weight / total) * values.length
    if (mean < 5) continue
    const seen = counts.get(value) ?? 0
    chi += (seen - mean) ** 2 / mean
    rest = { seen: rest.seen - seen, expected: rest.expected - mean }
    cells += 1
  }
  if (rest.expected >= 5) chi += (rest.seen - rest.expected) ** 2 / rest.expected
  const freedom = cells - (rest.expected >= 5 ? 0 : 1)
  return (Math.cbrt(chi / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
}

const CRITICAL = 1.63 / Math.sqrt(20_000)

describe('continuous samplers', () => {
  const normal = (z: number): number => normalCdf(z)
  it.each<[string, Sampler, (x: number) => number]>([
    ['uniform', { kind: 'uniform', low: -2, high: 3 }, (x) => (x + 2) / 5],
    ['gaussian', { kind: 'gaussian', mean: 10, stddev: 2 }, (x) => normal((x - 10) / 2)],
    ['lognormal', { kind: 'lognormal', mu: 1, sigma: 0.5 }, (x) => normal((Math.log(x) - 1) / 0.5)],
    ['exponential', { kind: 'exponential', rate: 0.2 }, (x) => 1 - Math.exp(-0.2 * x)],
    ['gamma of a whole shape', { kind: 'gamma', shape: 2, scale: 3 }, (x) => 1 - Math.exp(-x / 3) * (1 + x / 3)],
    ['gamma of shape 1/2', { kind: 'gamma', shape: 0.5, scale: 2 }, (x) => 2 * normal(Math.sqrt(x)) - 1],
    ['beta(2, 1)', { kind: 'beta', alpha: 2, beta: 1 }, (x) => x * x],
    ['beta(1/2, 1/2)', { kind: 'beta', alpha: 0.5, beta: 0.5 }, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [
      'truncated gaussian',
      { kind: 'truncated-gaussian', mean: 0, stddev: 1, low: -1, high: 2 },
      (x) => (normal(x) - normal(-1)) / (normal(2) - normal(-1)),
    ],
    [
      'truncated gaussian in the tail',
      { kind: 'truncated-gaussian', mean: 0, stddev: 1, low: 9, high: 20 },
      (x) => 1 - normal(-x) / normal(-9),
    ],
  ])('%s has its distribution (Kolmogorov and Smirnov)', (_, sampler, cdf) => {
    expect(distance(sampler, cdf)).toBeLessThan(CRITICAL)
  })

  it('rounds to the places that are asked for', () => {
    const values = draws({ kind: 'gaussian', mean: 0, stddev: 1, decimalPlaces: 2 }, 100).map(Number)
    expect(values.every((value) => /^-?\d+(\.\d{1,2})?$/.test(String(value)))).toBe(true)
  })
})

describe('discrete samplers', () => {
  const counted = ({ first, weights }: { first: number; weights: readonly number[] }): ReadonlyMap<unknown, number> =>
    new Map(weights.map((weight, at) => [first + at, weight]))
  it.each<[string, Sampler, ReadonlyMap<unknown, number>]>([
    [
      'category',
      { kind: 'category', values: ['a', 'b', 'c'] },
      new Map([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ]),
    ],
    [
      'weighted category',
      { kind: 'category', values: ['a', null, 3], weights: [6, 3, 1] },
      new Map<unknown, number>([
        ['a', 6],
        [null, 3],
        [3, 1],
      ]),
    ],
    [
      'integer',
      { kind: 'integer', low: -1, high: 2 },
      new Map([
        [-1, 1],
        [0, 1],
        [1, 1],
        [2, 1],
      ]),
    ],
    [
      'bernoulli',
      { kind: 'bernoulli', p: 0.3 },
      new Map([
        [0, 7],
        [1, 3],
      ]),
    ],
    ['binomial', { kind: 'binomial', n: 20, p: 0.3 }, counted(binomialWeights(20, 0.3))],
    ['poisson', { kind: 'poisson', mean: 4 }, counted(poissonWeights(4))],
    ['zipf', { kind: 'zipf', exponent: 1.1, size: 50 }, counted(zipfWeights(1.1, 50))],
  ])('%s has its distribution (χ²)', (_, sampler, expected) => {
    expect(Math.abs(surprise(draws(sampler, 20_000), expected))).toBeLessThan(3)
  })

  it('computes the weights of a binomial as its formula says', () => {
    const { weights } = binomialWeights(4, 0.5)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    expect(weights.map((weight) => (16 * weight) / total)).toEqual(
      [1, 4, 6, 4, 1].map((each) => expect.closeTo(each, 10)),
    )
  })
})

describe('moments', () => {
  it('are whole units from the start to before the end', () => {
    const of = (start: string, end: string, unit: 'day' | 'month' | 'year' | 'hour'): CellValue[] =>
      [...new Set(draws({ kind: 'datetime', start, end, unit }, 2000))].toSorted((a, b) =>
        (a ?? '') < (b ?? '') ? -1 : 1,
      )
    expect(of('2024-02-28', '2024-03-02', 'day')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
    expect(of('2024-01-31', '2024-04-30', 'month')).toEqual(['2024-01-31', '2024-02-29', '2024-03-31'])
    expect(of('2000-06-01', '2003-06-01', 'year')).toEqual(['2000-06-01', '2001-06-01', '2002-06-01'])
    expect(of('2024-01-01', '2024-01-01T03:00:00Z', 'hour')).toEqual([
      '2024-01-01T00:00:00Z',
      '2024-01-01T01:00:00Z',
      '2024-01-01T02:00:00Z',
    ])
  })

  it('are written as Date writes them, in every century', () => {
    const draw = compileDraw(
      { kind: 'datetime', start: '1583-01-01T00:00:00Z', end: '2999-12-31T23:59:59Z', unit: 'second' },
      new CounterRandom(1, 2),
    )
    for (let row = 0; row < 3000; row += 1) {
      const text = textOf(draw(row, {}))
      expect(new Date(text).toISOString()).toBe(text.replace('Z', '.000Z'))
    }
  })

  it('follow a reference by at least the minimum and less than the maximum', () => {
    const { start = [], stay = [] } = samplerOf([
      { name: 'start', sampler: { kind: 'datetime', start: '2024-02-25', end: '2024-03-02' } },
      { name: 'stay', sampler: { kind: 'timedelta', reference: 'start', min: 1, max: 4 } },
    ]).columns(0, 2000)
    const days = stay.map((to, at) => (Date.parse(textOf(to)) - Date.parse(textOf(start[at] ?? null))) / 86_400_000)
    expect([...new Set(days)].toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(stay).toContain('2024-02-29')
  })
})

describe('samplers of a plan', () => {
  const columns = [
    { name: 'region', sampler: { kind: 'category', values: ['north', 'south'], weights: [1, 3] } },
    { name: 'city', sampler: { kind: 'subcategory', parent: 'region', values: { north: ['a', 'b'], south: ['c'] } } },
    { name: 'age', sampler: { kind: 'integer', low: 0, high: 99 } },
    {
      name: 'income',
      sampler: { kind: 'lognormal', mu: 8, sigma: 1, decimalPlaces: 2 },
      conditional: [
        { when: 'age < 18', sampler: { kind: 'category', values: [0] } },
        { when: 'region == "north" and age >= 65', sampler: { kind: 'uniform', low: 1, high: 2 } },
      ],
      convertTo: 'string',
    },
    { name: 'id', sampler: { kind: 'uuid', prefix: 'p-' } },
    { name: 'share', sampler: { kind: 'gamma', shape: 0.7, scale: 1 } },
  ]

  it('gives the same value of a row alone, in a batch, and in a run of another length', () => {
    const sampler = samplerOf(columns)
    const batch = sampler.columns(100, 50)
    const again = samplerOf(columns)
    for (const at of [49, 0, 17])
      expect(again.row(100 + at)).toEqual(Object.fromEntries(sampler.names.map((name) => [name, batch[name]?.[at]])))
  })

  it('does not change a column when another is added or moved', () => {
    const more = samplerOf([{ name: 'new', sampler: { kind: 'uuid' } }, ...columns])
    expect(more.columns(0, 20)['income']).toEqual(samplerOf(columns).columns(0, 20)['income'])
  })

  it('changes every column with the run seed', () => {
    expect(samplerOf(columns, new Uint8Array(32)).columns(0, 20)['id']).not.toEqual(
      samplerOf(columns).columns(0, 20)['id'],
    )
  })

  it('draws a child from the list of its parent, and the first sampler whose condition holds', () => {
    const { region = [], city = [], age = [], income = [] } = samplerOf(columns).columns(0, 3000)
    for (const [at, value] of income.entries()) {
      expect(region[at] === 'north' ? ['a', 'b'] : ['c']).toContain(city[at])
      const number = Number(value)
      expect(typeof value).toBe('string')
      if (Number(age[at]) < 18) expect(value).toBe('0')
      else if (region[at] === 'north' && Number(age[at]) >= 65) expect(number >= 1 && number < 2).toBe(true)
      else expect(number).toBeGreaterThan(2)
    }
  })

  it('gives identifiers of RFC 9562 version 4 that do not repeat', () => {
    const { id = [] } = samplerOf(columns).columns(0, 5000)
    expect(new Set(id).size).toBe(5000)
    for (const each of id)
      expect(each).toMatch(/^p-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('stays the same from release to release', () => {
    expect(samplerOf(columns, new Uint8Array(32)).row(7)).toMatchInlineSnapshot(`
      {
        "age": 28,
        "city": "c",
        "id": "p-6fd42aba-941e-4db6-bda3-ecc87ba47f53",
        "income": "5515.04",
        "region": "south",
        "share": 0.14225357680118084,
      }
    `)
  })
})
