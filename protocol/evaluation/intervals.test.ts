import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairedDifference, rocAuc, wilson } from './intervals.ts'

describe('Wilson’s interval', () => {
  it.each([
    [0.001, 3838],
    [0.005, 765],
    [0.01, 381],
    [0.05, 73],
    [0.09, 39],
  ])('stays under %d after no hit in %d, and not in one fewer', (bound, n) => {
    expect(wilson(0, n).upper).toBeLessThanOrEqual(bound)
    expect(wilson(0, n - 1).upper).toBeGreaterThan(bound)
  })

  it('knows nothing without items', () => {
    expect(wilson(0, 0)).toEqual({ lower: 0, upper: 1 })
  })
})

describe('the interval of a paired difference', () => {
  it('is Wilson’s when nothing was hit', () => {
    const { lower, upper } = pairedDifference({ firstOnly: 0, secondOnly: 0, n: 3838 })
    expect(upper).toBeCloseTo(wilson(0, 3838).upper, 9)
    expect(lower).toBeCloseTo(-upper, 9)
  })

  it('is near the plain McNemar form when counts are large', () => {
    const [b, c, n] = [420, 380, 20_000]
    const error = Math.sqrt(b + c - (b - c) ** 2 / n) / n
    const { lower, upper, value } = pairedDifference({ firstOnly: b, secondOnly: c, n })
    expect(value).toBeCloseTo((b - c) / n, 12)
    expect(upper).toBeCloseTo(value + 1.96 * error, 4)
    expect(lower).toBeCloseTo(value - 1.96 * error, 4)
  })

  it('holds the value, mirrors when the sides swap, and stays within -1 and 1', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(500), (b, c, rest) => {
        const n = b + c + rest + 1
        const one = pairedDifference({ firstOnly: b, secondOnly: c, n })
        const other = pairedDifference({ firstOnly: c, secondOnly: b, n })
        expect(one.lower).toBeLessThanOrEqual(one.value)
        expect(one.upper).toBeGreaterThanOrEqual(one.value)
        expect(one.lower).toBeGreaterThanOrEqual(-1)
        expect(one.upper).toBeLessThanOrEqual(1)
        expect(one.lower).toBeCloseTo(-other.upper, 9)
      }),
    )
  })

  it('covers a true difference about 95 times in 100', () => {
    let covered = 0
    let state = 1
    const unit = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
    for (let round = 0; round < 1000; round += 1) {
      let [b, c] = [0, 0]
      for (let at = 0; at < 500; at += 1) {
        const draw = unit()
        if (draw < 0.02) b += 1
        else if (draw < 0.03) c += 1
      }
      const { lower, upper } = pairedDifference({ firstOnly: b, secondOnly: c, n: 500 })
      if (lower <= 0.01 && upper >= 0.01) covered += 1
    }
    expect(covered).toBeGreaterThan(925)
    expect(covered).toBeLessThan(975)
  })
})

describe('the area under the ROC curve', () => {
  it('counts pairs in the right order, ties as half', () => {
    expect(rocAuc(Float64Array.of(1, 2, 3, 4), Uint8Array.of(0, 0, 1, 1)).auc).toBe(1)
    expect(rocAuc(Float64Array.of(4, 3, 2, 1), Uint8Array.of(0, 0, 1, 1)).auc).toBe(0)
    expect(rocAuc(Float64Array.of(1, 1, 1, 1), Uint8Array.of(0, 1, 0, 1)).auc).toBe(0.5)
    expect(rocAuc(Float64Array.of(1, 3, 2, 3), Uint8Array.of(0, 0, 1, 1)).auc).toBe(0.625)
  })

  it('is as uncertain at .5 as theory says', () => {
    const n = 2000
    const scores = Float64Array.from({ length: 2 * n }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 0)
    const labels = Uint8Array.from({ length: 2 * n }, (_, at) => at % 2)
    const { lower, upper } = rocAuc(scores, labels)
    const expected = 1.96 * Math.sqrt((2 * n + 1) / (12 * n * n))
    expect((upper - lower) / 2).toBeCloseTo(expected, 2)
  })

  it('says nothing with one class', () => {
    expect(rocAuc(Float64Array.of(1, 2), Uint8Array.of(1, 1))).toEqual({ auc: 0.5, lower: 0, upper: 1 })
  })
})
