import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PopulationTableHeader } from '../../../schemas/personas.ts'
import { Refused } from '../../refusal.ts'
import { describePopulation } from './describe-population.ts'
import { PREFECTURES } from './census-2020.ts'
import { OFFICIAL_TABLES } from './official-tables.ts'
import { personaRecord } from './persona-record.ts'
import { fitPopulation, samplePersonas, tallyPopulation } from './population.ts'
import { readPopulationTable } from './population-table.ts'

const runSeed = new Uint8Array(32).fill(7)

function tableOf(name: string, attributes: string[], text: string) {
  const kind = name.startsWith('assumed') ? 'assumption' : 'statistics'
  const header = PopulationTableHeader.parse({ name, kind, source: 'a survey', licence: 'CC0', attributes })
  const [columns = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','))
  return readPopulationTable(header, columns, rows)
}

/** Marital status of those of 15 and over, by sex and coarse age. */
const marital = tableOf(
  'marital',
  ['sex', 'age', 'marital_status'],
  `sex,age_from,age_to,marital_status,population
男,15,39,never,70
男,15,39,married,30
男,40,,never,20
男,40,,married,80
女,15,39,never,60
女,15,39,married,40
女,40,,never,10
女,40,,married,90`,
)

function refusalOf(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  throw new Error('nothing was refused')
}

function recordsOf(population: ReturnType<typeof fitPopulation>, count: number) {
  const batch = samplePersonas(population, runSeed, { from: 0, count })
  return Array.from({ length: count }, (_, at) => personaRecord(population, batch, { at, language: 'en' }))
}

describe('a population of the two official tables', () => {
  it('has the published totals', () => {
    const totals = OFFICIAL_TABLES.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
    expect(totals).toEqual([123_214_261, 126_146_099])
  })

  it('gives 200,000 personas whose shares are within 0.01 of every table', () => {
    const population = fitPopulation()
    const tally = tallyPopulation(population)
    for (let from = 0; from < 200_000; from += 50_000)
      tally.add(samplePersonas(population, runSeed, { from, count: 50_000 }))
    for (const { fitted, sampled } of tally.distances()) {
      expect(fitted).toBeLessThan(1e-9)
      expect(sampled).toBeLessThan(0.01)
      expect(sampled).toBeGreaterThan(0)
    }
  })

  it('gives persona i the same attributes wherever the batch begins', () => {
    const population = fitPopulation()
    const whole = samplePersonas(population, runSeed, { from: 0, count: 300 })
    fc.assert(
      fc.property(fc.nat(299), (at) => {
        const alone = samplePersonas(population, runSeed, { from: at, count: 1 })
        expect(personaRecord(population, alone, { at: 0, language: 'ja' })).toEqual(
          personaRecord(population, whole, { at, language: 'ja' }),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('gives other personas under another run seed', () => {
    const population = fitPopulation()
    const of = (seed: number) => samplePersonas(population, new Uint8Array(32).fill(seed), { from: 0, count: 50 }).ages
    expect(of(1)).not.toEqual(of(2))
  })

  it('says that prefecture is independent of sex and age, in both languages', () => {
    const { en, ja } = describePopulation(fitPopulation())
    expect(en).toContain('Independent of each other, because no table connects them: {sex, age}, {prefecture}')
    expect(ja).toContain('互いに独立と仮定：{sex, age}, {prefecture}')
  })

  it('holds no attribute that no table has', () => {
    const [first] = recordsOf(fitPopulation(), 1)
    expect(Object.keys(first ?? {})).not.toContain('marital_status')
  })
})

describe('further tables', () => {
  it('about a part of the population leave the others without the attribute', () => {
    const people = recordsOf(fitPopulation([marital]), 5000)
    for (const { age, marital_status: status } of people) expect(status !== undefined).toBe(Number(age) >= 15)
  })

  it('never give an impossible combination and still keep the shares of the tables', () => {
    const population = fitPopulation([marital])
    const tally = tallyPopulation(population)
    tally.add(samplePersonas(population, runSeed, { from: 0, count: 100_000 }))
    for (const { fitted, sampled } of tally.distances()) {
      expect(fitted).toBeLessThan(1e-6)
      expect(sampled).toBeLessThan(0.01)
    }
    const young = recordsOf(population, 30_000).filter(({ age }) => age === 16 || age === 17)
    expect(young.length).toBeGreaterThan(200)
    expect(young.filter(({ marital_status: status }) => status === 'married')).toEqual([])
  })

  it('that connect attributes are fitted together with the official ones', () => {
    const income = tableOf(
      'income',
      ['prefecture', 'income'],
      `prefecture,income,population\n${PREFECTURES.flatMap(({ ja: name }, at) => [
        `${name},low,${30 + at}`,
        `${name},high,70`,
      ]).join('\n')}`,
    )
    const coarse = tableOf(
      'assumed-income-sex',
      ['sex', 'income'],
      'sex,income,population\nmale,low,40\nmale,high,60\nfemale,low,55\nfemale,high,45',
    )
    const population = fitPopulation([income, coarse], { tolerance: 0.2 })
    expect(
      tallyPopulation(population)
        .distances()
        .find(({ table }) => table === 'income')?.scaled,
    ).toBeGreaterThan(0.1)
    const text = describePopulation(population).en
    expect(text).toContain('Assumptions of whoever made this pack, not statistics: assumed-income-sex.')
    expect(text).not.toContain('Independent of each other')
  })

  it('that contradict each other are refused with the distance of each', () => {
    const other = tableOf('other-sexes', ['sex'], 'sex,population\nmale,90\nfemale,10')
    const refusal = refusalOf(() => fitPopulation([other]))
    expect(refusal.code).toBe('table-invalid')
    expect(refusal.errors?.[0]?.path).toMatch(/table "/)
  })

  it('with a misspelt value are refused with the value that was meant', () => {
    const wrong = tableOf('wrong', ['prefecture'], 'prefecture,population\n東京府都,10')
    expect(refusalOf(() => fitPopulation([wrong])).errors?.[0]?.message).toBe('is not known; there is "東京都"')
  })

  it('that connect too many combinations are refused', () => {
    const wide = (name: string) =>
      tableOf(
        name,
        ['sex', name],
        `sex,${name},population\n${Array.from({ length: 400 }, (_, at) => `male,v${at},1\nfemale,v${at},1`).join('\n')}`,
      )
    expect(refusalOf(() => fitPopulation([wide('town'), wide('job')])).code).toBe('too-large')
  })

  it('keep rules of the user, also over ages within a group', () => {
    const never = [
      {
        name: 'never at 22',
        never: [
          { attribute: 'age' as const, from: 22, below: 23 },
          { attribute: 'marital_status', in: ['married'] },
        ],
      },
    ]
    const people = recordsOf(fitPopulation([marital], { never }), 20_000).filter(({ age }) => age === 22)
    expect(people.length).toBeGreaterThan(50)
    expect(people.filter(({ marital_status: status }) => status === 'married')).toEqual([])
  })
})

describe('a table file', () => {
  it.each([
    { what: 'a missing column', text: 'sexs,population\nmale,1', message: 'is missing; there is "sexs"' },
    { what: 'a cell that is no count', text: 'sex,population\nmale,many', message: 'column "population" is no count' },
    { what: 'an empty value', text: 'sex,population\n,5', message: 'column "sex" is empty' },
  ])('with $what is refused with its place', ({ text, message }) => {
    expect(refusalOf(() => tableOf('faulty', ['sex'], text)).errors?.[0]?.message).toBe(message)
  })

  it.each([
    { what: 'two lines for one combination', text: 'sex,population\nmale,1\n男,2' },
    { what: 'nobody in it', text: 'sex,population\nmale,0' },
    { what: 'no lines', text: 'sex,population' },
  ])('with $what is refused', ({ text }) => {
    expect(refusalOf(() => tableOf('faulty', ['sex'], text)).code).toBe('table-invalid')
  })

  it('with age groups that overlap is refused', () => {
    expect(refusalOf(() => tableOf('ages', ['age'], 'age_from,age_to,population\n0,10,5\n5,20,5')).detail).toContain(
      'overlap',
    )
  })
})
