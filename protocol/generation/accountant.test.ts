import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BudgetMeter,
  choiceEpsilonFor,
  deltaOf,
  epsilonOf,
  rhoOf,
  rhoOfChoice,
  rhoOfGaussian,
  sigma2For,
  split,
} from './accountant.ts'
import { add, compare, fraction, toNumber, zero } from './rational.ts'

const epsilons = [0.1, 0.5, 1, 2, 3, 5, 10]
/** rho(epsilon, delta) as other implementations of arXiv 2004.00010 print it. */
const printed: [number, string[]][] = [
  [1e-5, ['4.3299e-4', '8.5055e-3', '3.0557e-2', '.10826', '.22425', '.55097', '1.7827']],
  [1e-6, ['3.2105e-4', '6.6415e-3', '2.4356e-2', '8.8153e-2', '.18507', '.46306', '1.5393']],
  [1e-9, ['1.7714e-4', '3.9532e-3', '1.4973e-2', '5.6131e-2', '.12058', '.31169', '1.0908']],
]

describe('zCDP accountant', () => {
  it.each(printed)('allows at delta %d what others compute, to every printed digit', (delta, values) => {
    for (const [at, text] of values.entries()) {
      expect(toNumber(rhoOf(epsilons[at] ?? 0, delta)).toPrecision(5)).toBe(Number(text).toPrecision(5))
    }
  })

  it('never allows more than delta says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        fc.integer({ min: 3, max: 12 }),
        (epsilon, digits) => {
          const delta = 10 ** -digits
          expect(deltaOf(toNumber(rhoOf(epsilon, delta)), epsilon)).toBeLessThanOrEqual(delta)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('converts back to the epsilon it came from', () => {
    for (const epsilon of epsilons) {
      const back = epsilonOf(toNumber(rhoOf(epsilon, 1e-9)), 1e-9)
      expect(Math.abs(back / epsilon - 1)).toBeLessThan(1e-7)
    }
  })

  it('rounds noise up and choices down, so that a share is never passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 50 }), (parts, sensitivity) => {
        const rho = fraction(parts, 1_000_003)
        expect(compare(rhoOfGaussian(sensitivity, sigma2For(rho, sensitivity)), rho)).toBeLessThanOrEqual(0)
        expect(compare(rhoOfChoice(choiceEpsilonFor(rho)), rho)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('splits a budget without remainder', () => {
    const rho = rhoOf(1, 1e-9)
    expect(compare(split(rho, [5, 1, 5, 7]).reduce(add, zero), rho)).toBe(0)
  })

  it('stops a mechanism that would pass the allowance', () => {
    const meter = new BudgetMeter(fraction(1, 2))
    meter.spend(fraction(1, 3))
    meter.spend(fraction(1, 6))
    expect(() => meter.spend(fraction(1, 10n ** 30n))).toThrow(RangeError)
    expect(compare(meter.spent, fraction(1, 2))).toBe(0)
  })
})
