import type { BudgetCap, BudgetEntry } from '../../schemas/generation.ts'
import type { Refusal } from '../refusal.ts'
import { epsilonOf, rhoOf } from './accountant.ts'
import { add, compare, type Fraction, parseFraction, subtract, toNumber, zero } from './rational.ts'

/** zCDP budget spent by all runs of a seed set: the exact sum of its entries. */
export function spentRho(entries: readonly BudgetEntry[]): Fraction {
  return entries.reduce((sum, entry) => add(sum, parseFraction(entry.rho)), zero)
}

/** zCDP budget that a cap allows, rounded down. */
export function capRho(cap: BudgetCap): Fraction {
  return rhoOf(Number(cap.epsilon), Number(cap.delta))
}

/** Budget that is left under the cap; negative when a cap was lowered below what is spent. */
export function remainingRho(entries: readonly BudgetEntry[], cap: BudgetCap): Fraction {
  return subtract(capRho(cap), spentRho(entries))
}

/** Epsilon that everything spent amounts to at the cap's delta, rounded up; for people. */
export function spentEpsilon(entries: readonly BudgetEntry[], cap: BudgetCap): number {
  return epsilonOf(toNumber(spentRho(entries)) * (1 + 1e-12), Number(cap.delta))
}

/** Largest epsilon, rounded down to three decimals, of a run at this delta that costs at most `rho`. */
export function largestEpsilon(rho: Fraction, delta: number): number {
  const epsilon = Math.floor(epsilonOf(toNumber(rho), delta) * (1 - 1e-8) * 1000) / 1000
  return epsilon > 0 ? epsilon : 0
}

/** Refusal when a run that needs `rho` would pass the cap; undefined when it fits, the last bit included. */
export function checkBudget(entries: readonly BudgetEntry[], cap: BudgetCap, rho: Fraction): Refusal | undefined {
  if (compare(rho, remainingRho(entries, cap)) <= 0) return undefined
  const largest = largestEpsilon(remainingRho(entries, cap), Number(cap.delta))
  return {
    code: 'budget-exceeded',
    detail: `the run needs more privacy budget than the seed set has left (cap epsilon ${cap.epsilon} at delta ${cap.delta})`,
    hint:
      largest > 0
        ? `At delta ${cap.delta} a run of epsilon ${largest} still fits.`
        : 'The budget of a seed set is for ever: use the datasets that were made from it.',
  }
}
