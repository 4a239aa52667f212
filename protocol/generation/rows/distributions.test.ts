import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binomialWeights, indexPicker, normalCdf, normalQuantile, poissonWeights } from './distributions.ts'

describe('the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-20, -9.26234008979841],
  ])('has the quantile of %d that tables give', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 12)
  })

  it('has a distribution function that is the inverse of its quantiles, far into the tail too', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 0.5, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-9)
      }),
    )
  })
})

describe('an index picker', () => {
  it('gives every index exactly its share of the units', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        fc.pre(total > 0)
        const pick = indexPicker(weights)
        const grid = total * weights.length
        const counts = weights.map(() => 0)
        for (let at = 0; at < grid; at += 1) {
          const index = pick((at + 0.5) / grid)
          counts[index] = (counts[index] ?? 0) + 1
        }
        expect(counts).toEqual(weights.map((weight) => weight * weights.length))
      }),
    )
  })
})

describe('weights of whole numbers', () => {
  const sum = (weights: readonly number[]): number => weights.reduce((total, weight) => total + weight, 0)
  const mean = ({ first, weights }: { first: number; weights: readonly number[] }): number =>
    sum(weights.map((weight, at) => weight * (first + at))) / sum(weights)

  it('have the mean of their distribution, however large it is', () => {
    for (const expected of [0.1, 3.5, 1000, 1_000_000])
      expect(mean(poissonWeights(expected)) / expected).toBeCloseTo(1, 9)
    for (const p of [0, 0.001, 0.5, 0.999, 1]) expect(mean(binomialWeights(100_000, p))).toBeCloseTo(100_000 * p, 5)
  })
})
