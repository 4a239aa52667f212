import { describe, expect, it } from 'vitest'
import { bootstrapMean, halfWidth, mcnemar } from './statistics.ts'

const answers = (pairs: readonly (readonly [boolean, boolean, number])[]) => {
  const all = pairs.flatMap(([first, second, count]) => Array.from({ length: count }, () => ({ first, second })))
  return [all.map(({ first }) => first), all.map(({ second }) => second)] as const
}

describe('the exact McNemar test', () => {
  it.each([
    // 2 · P(X ≤ b) of n fair coins: (1 + 12 + 66) / 2^11, and so on
    { onlyFirst: 10, onlySecond: 2, p: 0.038574 },
    { onlyFirst: 1, onlySecond: 6, p: 0.125 },
    { onlyFirst: 5, onlySecond: 5, p: 1 },
    { onlyFirst: 0, onlySecond: 0, p: 1 },
    { onlyFirst: 59, onlySecond: 6, p: 4.9647e-12 },
  ])('gives $p for $onlyFirst against $onlySecond', ({ onlyFirst, onlySecond, p }) => {
    const [first, second] = answers([
      [true, true, 101],
      [true, false, onlyFirst],
      [false, true, onlySecond],
      [false, false, 33],
    ])
    const found = mcnemar(first, second)
    expect(found).toMatchObject({ onlyFirst, onlySecond })
    expect(found.p / p).toBeCloseTo(1, 2)
  })

  it('does not lose small probabilities among thousands of questions', () => {
    const [first, second] = answers([[true, false, 3000]])
    expect(mcnemar(first, second).p).toBeLessThan(1e-300)
    const half = answers([
      [true, false, 1500],
      [false, true, 1500],
    ])
    expect(mcnemar(...half).p).toBe(1)
  })
})

describe('the bootstrap interval of a mean', () => {
  it('is that of the normal approximation for many coins', () => {
    const values = Array.from({ length: 450 }, (_, at) => (at % 2 === 0 ? 1 : 0))
    const { mean, low, high } = bootstrapMean(values)
    expect(mean).toBe(0.5)
    expect(low).toBeCloseTo(0.5 - halfWidth(450), 2)
    expect(high).toBeCloseTo(0.5 + halfWidth(450), 2)
  })

  it('has no width when every question says the same', () => {
    expect(bootstrapMean(Array.from({ length: 50 }, () => 0.25))).toEqual({ mean: 0.25, low: 0.25, high: 0.25 })
  })

  it('is narrower for paired differences than the arms are apart from each other', () => {
    const first = Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? 1 : 0))
    const second = first.map((right, at) => (at % 20 === 1 ? 1 : right))
    const paired = bootstrapMean(second.map((right, at) => right - (first[at] ?? 0)))
    expect(paired.mean).toBeCloseTo(0.05)
    expect(paired.low).toBeGreaterThan(0)
    expect(paired.high - paired.low).toBeLessThan(0.05)
  })

  it('is the same for the same seed', () => {
    const values = Array.from({ length: 60 }, (_, at) => ((at * 37) % 11) / 10)
    expect(bootstrapMean(values)).toEqual(bootstrapMean(values))
    expect(bootstrapMean(values, { seed: 2 })).not.toEqual(bootstrapMean(values))
  })
})
