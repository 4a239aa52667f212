import { expect, test } from 'vitest'
import { RowRecipe } from '../../../schemas/row-recipe.ts'
import type { Call, Outcome } from '../../../schemas/outcomes.ts'
import { collectedCounts } from '../../../test/collected-counts.ts'
import { legalRecipe } from '../../../test/legal-recipe.ts'
import { createReportCollector, tokensOf } from './collect-report.ts'
import { compileRecipe } from './compile.ts'
import { measureCopying } from './copying.ts'
import { recipeTexts } from './row-text.ts'
import { gini } from './tally-coverage.ts'
import { meanInterval, weightedKappa } from './tally-judges.ts'

const plan = compileRecipe(RowRecipe.parse(legalRecipe))
if ('code' in plan) throw new Error(plan.detail)

const sources = [
  { name: 'statutes', kind: 'seed-set', records: 4 },
  { name: 'people', kind: 'persona-pack', records: 2 },
] as const

const outcome = (index: number, over: Partial<Outcome> = {}): Outcome => ({
  index,
  verdict: 'accepted',
  sources: { statutes: index % 4, people: index % 2 },
  skipped: [],
  cells: {
    question: `question ${index}`,
    answer: `answer ${index}`,
    judge: { grounded: { reasoning: 'r', score: 1 } },
  },
  calls: [],
  ...over,
})

const call = (over: Partial<Call>): Call => ({
  column: 'answer',
  attempt: 0,
  model: 'small',
  servedModel: 'small',
  request: 'a'.repeat(64) as Call['request'],
  prompt: 'c'.repeat(64) as Call['prompt'],
  answer: 'b'.repeat(64) as Call['answer'],
  usage: { inputTokens: 100, cachedInputTokens: 40, outputTokens: 10 },
  ...over,
})

test('every candidate counts once, by its reason and the column of its rejection', () => {
  const { funnel } = collectedCounts(plan, { sources }, [
    outcome(0),
    outcome(1, { verdict: 'rejected', reason: 'truncated', column: 'answer' }),
    outcome(2, { verdict: 'rejected', reason: 'accept' }),
    outcome(3, { verdict: 'rejected', reason: 'truncated', column: 'answer' }),
  ])
  expect(funnel).toEqual({
    candidates: 4,
    accepted: 1,
    yield: 0.25,
    rejected: [
      { reason: 'truncated', column: 'answer', candidates: 2 },
      { reason: 'accept', candidates: 1 },
    ],
  })
})

test('tokens are those of rejected candidates too, reckoned on the accepted rows', () => {
  const { cost, parameters } = collectedCounts(plan, { sources }, [
    outcome(0, { calls: [call({ temperature: 0.2 }), call({ attempt: 1, temperature: 0.2 })] }),
    outcome(1, { verdict: 'rejected', reason: 'accept', calls: [call({ servedModel: 'other', temperature: 0.8 })] }),
  ])
  expect(cost.calls).toBe(3)
  expect(cost.tokens).toEqual({ inputTokens: 300, cachedInputTokens: 120, outputTokens: 30 })
  expect(cost.tokensPerRow).toBe(330)
  expect(cost.columns[0]).toMatchObject({ column: 'answer', calls: 3, again: 1 })
  expect(cost.columns[0]?.served).toEqual([
    { model: 'small', calls: 2 },
    { model: 'other', calls: 1 },
  ])
  expect(parameters).toEqual([
    { column: 'answer', parameter: 'temperature', calls: 2, min: 0.2, mean: 0.5, max: 0.8, acceptedMean: 0.2 },
  ])
})

test('coverage tells records without rows, and how unevenly the rest are used', () => {
  const { coverage, minPerLeft } = collectedCounts(
    { ...plan, recipe: { ...plan.recipe, cross: { left: 'statutes', right: 'people', mode: 'full', minPerLeft: 2 } } },
    { sources },
    [0, 4, 8, 1, 12, 16].map((index) => outcome(index)).concat(outcome(2, { verdict: 'rejected', reason: 'accept' })),
  )
  expect(coverage[0]).toMatchObject({ records: 4, tried: 3, accepted: 2, enough: { rows: 5, records: 1 } })
  expect(coverage[0]?.gini).toBeCloseTo(gini(Float64Array.of(5, 1, 0)), 12)
  expect(minPerLeft).toEqual({ wanted: 2, short: 3, records: [1, 2, 3] })
})

test('the Gini coefficient is 0 for equal counts and 1 − 1/n for all on one', () => {
  expect(gini(Float64Array.of(3, 3, 3, 3))).toBeCloseTo(0, 12)
  expect(gini(Float64Array.of(0, 0, 0, 8))).toBeCloseTo(0.75, 12)
  expect(gini(Float64Array.of())).toBe(0)
})

test('an acceptance that prefers a group shows as a distance beyond chance', () => {
  const people = [{ region: 'north' }, { region: 'south' }]
  const all = Array.from({ length: 400 }, (_, index) =>
    outcome(index, index % 2 === 0 || index % 8 === 1 ? {} : { verdict: 'rejected', reason: 'accept' }),
  )
  const { marginals } = collectedCounts(
    plan,
    { sources, records: (index) => ({ people: people[index % 2] ?? {} }) },
    all,
  )
  expect(marginals).toHaveLength(1)
  expect(marginals[0]).toMatchObject({ source: 'people', field: 'region', values: 2 })
  expect(marginals[0]?.distance).toBeCloseTo(0.3, 6)
  expect(marginals[0]?.byChance).toBeLessThan(0.05)
})

test('judge scores have a mean, an interval that holds it, and counts by option', () => {
  const all = Array.from({ length: 40 }, (_, index) =>
    index % 4 === 0
      ? outcome(index, {
          verdict: 'rejected',
          reason: 'accept',
          cells: { judge: { grounded: { reasoning: 'r', score: 0 } } },
        })
      : outcome(index),
  )
  const [judge] = collectedCounts(plan, { sources }, all).judges
  expect(judge).toMatchObject({ column: 'judge', score: 'grounded', judged: 40, mean: 0.75, acceptedMean: 1 })
  expect(judge?.counts).toEqual([
    { option: 0, judged: 10, accepted: 0 },
    { option: 1, judged: 30, accepted: 30 },
  ])
  expect(judge?.interval?.low).toBeLessThan(0.7)
  expect(judge?.interval?.high).toBeGreaterThan(0.8)
})

test('the interval of many scores is the normal one', () => {
  const { low, high } = meanInterval([0, 1], [5000, 5000], () => 0.5)
  expect(low).toBeCloseTo(0.5 - 1.96 * 0.005, 4)
  expect(high).toBeCloseTo(0.5 + 1.96 * 0.005, 4)
})

test('weighted kappa is 1 for equal judges, 0 for unrelated ones, and agrees with a value reckoned by hand', () => {
  expect(weightedKappa([5, 0, 0, 0, 3, 0, 0, 0, 2], [1, 2, 3])).toBe(1)
  expect(weightedKappa([4, 4, 4, 4], [0, 1])).toBeCloseTo(0, 12)
  // two options: weights make no difference; po = .7, pe = .5·.6 + .5·.4 = .5
  expect(weightedKappa([20, 5, 10, 15], ['no', 'yes'])).toBeCloseTo(0.4, 12)
  expect(weightedKappa([9, 0, 0, 0], [0, 1])).toBeUndefined()
})

test('a row that repeats its record is told from one that repeats another, and the recipe’s own words count for nothing', () => {
  const records = [
    '許可を受けようとする者は、申請書を主務大臣に提出しなければならない。',
    '届出をした者は、その内容に変更があったときは三十日以内に届け出なければならない。',
  ]
  const rows = [
    { text: `答え。${records[0]}`, record: 0 },
    { text: `答え。${records[1]}`, record: 0 },
    { text: 'まったく別の言い方でかかれたながい文章がここにあります。', record: 1 },
  ]
  const given = records.map((text, index) => ({ index, text }))
  const measured = measureCopying(rows, given, { unit: 'characters', masked: [] })
  expect(measured).toMatchObject({ unit: 'characters', run: 13, rows: 3, others: { records: 2, flagged: 1 } })
  expect(measured.own.max).toBeGreaterThan(0.8)
  expect(measured.own.flagged).toBe(1)
  expect(measured.longestSpan.max).toBe(Array.from(records[0] ?? '').length)
  const masked = measureCopying(rows, given, { unit: 'characters', masked: [records[0] ?? ''] })
  expect(masked.own.max).toBeLessThan(0.3)
})

test('texts of the recipe are what stands between its tags', () => {
  expect(recipeTexts(plan)).toEqual([])
  const worded = compileRecipe(
    RowRecipe.parse({
      kind: 'rows',
      name: 'worded',
      columns: [{ type: 'expression', name: 'text', expr: 'Say {{ "a" }} and {% if true %}b{% endif %}' }],
      accept: { target: 1, maxCandidates: 1 },
    }),
  )
  if ('code' in worded) throw new Error(worded.detail)
  expect(recipeTexts(worded)).toContain('Say ')
})

test('more texts than are sampled are all compared for exact repetition', () => {
  const collector = createReportCollector(plan, { sources, most: 10 })
  for (let index = 0; index < 100; index += 1) {
    const cells = { question: `q${index % 60}`, answer: 'a' }
    collector.add(outcome(index, { cells }), {})
  }
  expect(collector.rows).toHaveLength(10)
  expect(collector.exactDuplicates()).toEqual({ texts: 100, share: 0.4 })
})

test('Japanese is measured by characters, English by words of a named ICU', () => {
  expect(tokensOf('ja', '78')).toEqual({ unit: 'characters' })
  expect(tokensOf('en-GB', '78')).toEqual({ unit: 'words', icu: '78' })
})
