import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { chooseGroups, estimateColumn, findSteps, normaliseBySubtraction } from './estimate-column.ts'
import { IntegerSampler } from './integers.ts'
import { fraction } from './rational.ts'

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

describe('estimates of noisy counts', () => {
  it('are never negative and add up to the total', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -500, max: 5000 }), { minLength: 1, maxLength: 60 }),
        fc.nat(60),
        (counts, ordered) => {
          const order = { cells: counts.length, ordered: Math.min(ordered, counts.length) }
          for (const estimate of [
            normaliseBySubtraction(counts, 1234),
            estimateColumn(counts, { ...order, variance: 400, total: 1234 }),
          ]) {
            expect(Math.min(...estimate)).toBeGreaterThanOrEqual(0)
            expect(sum(estimate)).toBeCloseTo(1234, 6)
          }
        },
      ),
    )
  })

  it('find the steps of a staircase through noise', () => {
    const draw = new IntegerSampler(seededBytes(21)).gaussians(fraction(100))
    const counts = Array.from({ length: 90 }, (_, cell) => 100 * Math.floor(cell / 30) + draw())
    const steps = findSteps(counts, 100)
    expect(steps).toEqual(expect.arrayContaining([30, 60, 90]))
    expect(steps.length).toBeLessThan(8)
  })

  it('are nearer to a smooth truth than the noisy counts are', () => {
    const draw = new IntegerSampler(seededBytes(22)).gaussians(fraction(2500))
    const truth = Array.from({ length: 80 }, (_, cell) => Math.round(400 * Math.exp(-(((cell - 30) / 20) ** 2))))
    const noisy = truth.map((count) => count + draw())
    const total = truth.reduce((all, count) => all + count, 0)
    const error = (values: ArrayLike<number>): number =>
      truth.reduce((all, count, cell) => all + Math.abs(count - (values[cell] ?? 0)), 0)
    const smooth = estimateColumn(noisy, { cells: 80, ordered: 80, variance: 2500, total })
    expect(error(smooth)).toBeLessThan(0.7 * error(normaliseBySubtraction(noisy, total)))
  })
})

describe('groups for two-way counts', () => {
  it('cover all cells, stay near the limit and keep ordered cells together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 80 }),
        fc.nat(80),
        fc.integer({ min: 2, max: 20 }),
        (counts, ordered, limit) => {
          const order = { cells: counts.length, ordered: Math.min(ordered, counts.length) }
          const groups = chooseGroups(Float64Array.from(counts), order, limit)
          expect(groups).toHaveLength(counts.length)
          expect(Math.max(...groups)).toBeLessThanOrEqual(2 * limit + 1)
          const inOrder = groups.slice(0, order.ordered)
          expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b))
        },
      ),
    )
  })

  it('leave a column alone that has few cells', () => {
    expect(chooseGroups(Float64Array.of(5, 1, 9), { cells: 3, ordered: 0 }, 4)).toEqual([0, 1, 2])
  })
})
