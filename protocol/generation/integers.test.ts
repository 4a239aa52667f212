import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { IntegerSampler } from './integers.ts'
import { fraction } from './rational.ts'

/** χ² of draws against unnormalised weights of -reach … reach, tails joined to the ends, over its degrees of freedom. */
function chiSquared(
  draw: () => number,
  weight: (x: number) => number,
  { reach, draws }: { reach: number; draws: number },
) {
  const far = 40 * reach
  let total = 0
  for (let x = -far; x <= far; x += 1) total += weight(x)
  const share = (from: number, to: number): number => {
    let sum = 0
    for (let x = from; x <= to; x += 1) sum += weight(x)
    return sum / total
  }
  const seen = new Map<number, number>()
  for (let at = 0; at < draws; at += 1) {
    const x = Math.max(-reach, Math.min(reach, draw()))
    seen.set(x, (seen.get(x) ?? 0) + 1)
  }
  let chi = 0
  for (let x = -reach; x <= reach; x += 1) {
    const chance = x === -reach ? share(-far, x) : x === reach ? share(x, far) : share(x, x)
    chi += ((seen.get(x) ?? 0) - draws * chance) ** 2 / (draws * chance)
  }
  return chi / (2 * reach)
}

describe('integer samplers against their exact distributions', () => {
  it.each([
    [fraction(1, 3), 2],
    [fraction(9), 9],
    [fraction(201, 2), 25],
    [fraction(123_456_789_012_345n, 10n ** 13n), 10],
  ])('draw a discrete Gaussian of variance %o', (sigma2, reach) => {
    const variance = Number(sigma2.p) / Number(sigma2.q)
    const draw = new IntegerSampler(seededBytes(1)).gaussians(sigma2)
    const chi = chiSquared(draw, (x) => Math.exp((-x * x) / (2 * variance)), { reach, draws: 60_000 })
    expect(chi).toBeLessThan(2)
    expect(chi).toBeGreaterThan(0.1)
  })

  it('draw a discrete Laplace and a geometric number', () => {
    const sampler = new IntegerSampler(seededBytes(2))
    const options = { reach: 20, draws: 60_000 }
    expect(
      chiSquared(
        () => sampler.laplace(5),
        (x) => Math.exp(-Math.abs(x) / 5),
        options,
      ),
    ).toBeLessThan(2)
    const positive = (x: number): number => (x < 0 ? 1e-300 : Math.exp(-x / 4))
    const draws = Array.from({ length: 60_000 }, () => sampler.geometric(4))
    expect(Math.min(...draws)).toBe(0)
    const counts = Array.from({ length: 15 }, (_, x) => draws.filter((draw) => draw === x).length)
    const total = 1 / (1 - Math.exp(-1 / 4))
    for (const [x, count] of counts.entries()) {
      const expected = (60_000 * positive(x)) / total
      expect(Math.abs(count - expected)).toBeLessThan(4.5 * Math.sqrt(expected))
    }
  })

  it('are as wide as a large variance says, where numbers pass 2^53', () => {
    const draw = new IntegerSampler(seededBytes(3)).gaussians(fraction(10n ** 20n + 1n, 7n))
    const draws = Array.from({ length: 4000 }, draw)
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length
    expect(variance / (1e20 / 7)).toBeGreaterThan(0.9)
    expect(variance / (1e20 / 7)).toBeLessThan(1.1)
  })

  it.each([
    [0, 1],
    [1, 3],
    [7, 2],
    [2 ** 52 + 1, 2 ** 53 - 1],
  ])('succeed with probability exp(-%d/%d)', (a, b) => {
    const sampler = new IntegerSampler(seededBytes(4))
    const n = 40_000
    let hits = 0
    for (let at = 0; at < n; at += 1) if (sampler.bernoulliExp(a, b)) hits += 1
    const p = Math.exp(-a / b)
    expect(Math.abs(hits / n - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / n) + 1e-9)
    let big = 0
    for (let at = 0; at < 4000; at += 1) if (sampler.bernoulliExpBig(BigInt(a) << 70n, BigInt(b) << 70n)) big += 1
    expect(Math.abs(big / 4000 - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / 4000) + 1e-9)
  })

  it('stay below their bound and reach every value', () => {
    const sampler = new IntegerSampler(seededBytes(5))
    for (const n of [1, 2, 3, 5, 7, 255, 256, 257]) {
      const seen = new Set(Array.from({ length: 40 * n }, () => sampler.below(n)))
      expect(Math.max(...seen)).toBeLessThan(n)
      if (n < 10) expect(seen.size).toBe(n)
    }
    expect(sampler.below(2 ** 53 - 1)).toBeLessThan(2 ** 53)
    expect(sampler.belowBig(10n ** 30n)).toBeLessThan(10n ** 30n)
  })

  it('choose with the frequencies of the exponential mechanism', () => {
    const sampler = new IntegerSampler(seededBytes(6))
    const scores = [0, 3, 10, 11, 4]
    const epsilon = fraction(1, 2)
    const weights = scores.map((score) => Math.exp((0.5 * score) / (2 * 2)))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const n = 60_000
    const counts = scores.map(() => 0)
    for (let at = 0; at < n; at += 1) {
      const chosen = sampler.choose(scores, epsilon, 2)
      counts[chosen] = (counts[chosen] ?? 0) + 1
    }
    const chi = counts.reduce((sum, count, at) => {
      const expected = (n * (weights[at] ?? 0)) / total
      return sum + (count - expected) ** 2 / expected
    }, 0)
    expect(chi).toBeLessThan(18.5)
  })

  it('refuse a variance of zero and an empty choice', () => {
    const sampler = new IntegerSampler(seededBytes(7))
    expect(() => sampler.gaussians(fraction(0))).toThrow(RangeError)
    expect(() => sampler.choose([], fraction(1), 1)).toThrow(RangeError)
  })
})
