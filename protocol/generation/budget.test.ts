import { describe, expect, it } from 'vitest'
import { BudgetEntry } from '../../schemas/generation.ts'
import { rhoOf } from './accountant.ts'
import { checkBudget, largestEpsilon, remainingRho, spentEpsilon } from './budget.ts'
import { compare, formatFraction, fraction } from './rational.ts'

const cap = { epsilon: '3', delta: '0.000000001' }

function entry(epsilon: number): BudgetEntry {
  return BudgetEntry.parse({
    runId: 'r',
    recipe: '0'.repeat(64),
    epsilon,
    delta: '1e-9',
    rho: formatFraction(rhoOf(epsilon, 1e-9)),
    at: '2026-01-01T00:00:00.000Z',
  })
}

describe('the budget of a seed set', () => {
  it('lets one run take all of it, to the last bit, and nothing after', () => {
    expect(checkBudget([], cap, rhoOf(3, 1e-9))).toBeUndefined()
    expect(compare(remainingRho([entry(3)], cap), fraction(0))).toBe(0)
    expect(checkBudget([entry(3)], cap, fraction(1, 10n ** 20n))).toMatchObject({ code: 'budget-exceeded' })
  })

  it('adds runs up as zCDP does: many small ones cost less than their epsilons', () => {
    const eight = Array.from({ length: 8 }, () => entry(1))
    expect(checkBudget(eight.slice(1), cap, rhoOf(1, 1e-9))).toBeUndefined()
    expect(checkBudget(eight, cap, rhoOf(1, 1e-9))).toMatchObject({ code: 'budget-exceeded' })
    expect(spentEpsilon(eight, cap)).toBeGreaterThan(2.9)
    expect(spentEpsilon(eight, cap)).toBeLessThan(3)
  })

  it('says which run would still fit, and that one fits', () => {
    const spent = [entry(2)]
    const epsilon = largestEpsilon(remainingRho(spent, cap), 1e-9)
    expect(epsilon).toBeGreaterThan(1)
    expect(checkBudget(spent, cap, rhoOf(epsilon, 1e-9))).toBeUndefined()
    expect(checkBudget(spent, cap, rhoOf(3, 1e-9))?.hint).toContain(`epsilon ${epsilon}`)
    expect(largestEpsilon(fraction(-1, 2), 1e-9)).toBe(0)
  })
})
