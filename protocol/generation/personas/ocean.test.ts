import { expect, it } from 'vitest'
import { SeededStream } from '../seeded-stream.ts'
import { aliasTable } from './alias-table.ts'
import { describeTrait, levelOf, TRAITS, traitScore } from './ocean.ts'

it('t-scores are normal with mean 50 and standard deviation 10, cut at 20 and 80', () => {
  const stream = new SeededStream(new Uint8Array(32).fill(1))
  const counts = new Float64Array(101)
  const draws = 400_000
  for (let at = 0; at < draws; at += 1) {
    const score = traitScore(stream.word())
    counts[score] = (counts[score] ?? 0) + 1
  }
  const density = (score: number) => Math.exp(-(((score - 50) / 10) ** 2) / 2) / (10 * Math.sqrt(2 * Math.PI))
  for (const score of [25, 35, 45, 50, 55, 65, 75]) {
    const expected = density(score)
    expect(Math.abs((counts[score] ?? 0) / draws - expected)).toBeLessThan(5 * Math.sqrt(expected / draws))
  }
  expect(counts.subarray(0, 20).every((count) => count === 0)).toBe(true)
  expect(counts.subarray(81).every((count) => count === 0)).toBe(true)
  expect((counts[20] ?? 0) / draws).toBeGreaterThan(density(20))
})

it('t-scores grow with the word and are symmetric', () => {
  const words = Array.from({ length: 5000 }, (_, at) => Math.floor((at * 2 ** 32) / 5000))
  const scores = words.map(traitScore)
  expect(scores).toEqual([...scores].sort((a, b) => a - b))
  for (const word of words) expect(traitScore(2 ** 32 - 1 - word)).toBe(100 - traitScore(word))
  expect([0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map(traitScore)).toEqual([20, 50, 50, 80])
})

it('levels are those of Nemotron-Personas, each with a description in both languages', () => {
  expect([20, 34, 35, 44, 45, 54, 55, 64, 65, 80].map(levelOf)).toEqual([
    'very low',
    'very low',
    'low',
    'low',
    'average',
    'average',
    'high',
    'high',
    'very high',
    'very high',
  ])
  const texts = TRAITS.flatMap((trait) =>
    [20, 40, 50, 60, 70].flatMap((score) =>
      (['en', 'ja'] as const).map((language) => describeTrait(trait, levelOf(score), language)),
    ),
  )
  expect(new Set(texts).size).toBe(50)
})

it('an alias table draws each thing by its weight, and never one without', () => {
  const table = aliasTable(Float64Array.of(0, 1, 5, 0, 4))
  const counts = [0, 0, 0, 0, 0]
  for (let at = 0; at < 100_000; at += 1) {
    const drawn = table.draw((at + 0.5) / 100_000)
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  expect(counts.map((count) => Math.round(count / 100))).toEqual([0, 100, 500, 0, 400])
})
