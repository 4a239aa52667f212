import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BudgetEntry } from '../../schemas/generation.ts'
import { checkBudget } from './budget.ts'
import { budgetState } from './budget-state.ts'
import { add, compare, fraction, formatFraction, parseFraction } from './rational.ts'

const cap = { epsilon: '1', delta: '0.000001' }
const entry = (rho: string, at = 0) =>
  BudgetEntry.parse({
    runId: `urn:uuid:${at}`,
    recipe: 'a'.repeat(64),
    epsilon: '1',
    delta: '0.000001',
    rho,
    at: '2026-01-01T00:00:00.000Z',
  })

describe('budget ledger of a seed set', () => {
  it('starts with the whole cap', () => {
    const state = budgetState(cap, [])
    expect(state).toMatchObject({ rhoSpent: '0/1', runs: 0, rhoRemaining: state.rhoCap })
    expect(Number(state.epsilonRemaining)).toBeCloseTo(1, 2)
    expect(checkBudget([], cap, parseFraction(state.rhoCap))).toBeUndefined()
  })

  it('shows nothing left once the cap is used up', () => {
    const { rhoCap } = budgetState(cap, [])
    expect(budgetState(cap, [entry(rhoCap)])).toMatchObject({ rhoRemaining: '0/1', epsilonRemaining: '0', runs: 1 })
  })

  it('adds up exactly and never lets a sequence of granted runs pass the cap', () => {
    const shares = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 1000n }), fc.bigInt({ min: 10_000n, max: 99_999n })), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(shares, (runs) => {
        const entries: BudgetEntry[] = []
        for (const [p, q] of runs) {
          const rho = formatFraction(fraction(p, q))
          if (checkBudget(entries, cap, parseFraction(rho)) === undefined) entries.push(entry(rho, entries.length))
        }
        const state = budgetState(cap, entries)
        expect(compare(parseFraction(state.rhoSpent), parseFraction(state.rhoCap))).toBeLessThanOrEqual(0)
        expect(formatFraction(add(parseFraction(state.rhoSpent), parseFraction(state.rhoRemaining)))).toBe(state.rhoCap)
      }),
    )
  })
})
