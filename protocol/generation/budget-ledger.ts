import type { BudgetCap, BudgetEntry } from '../../schemas/generation.ts'
import type { BudgetState } from '../../schemas/seeds.ts'
import type { Refusal } from '../refusal.ts'
import { epsilonOf, rhoOf } from './accountant.ts'
import { add, compare, type Fraction, formatFraction, parseFraction, subtract, toNumber, zero } from './rational.ts'

/** What a seed set's runs have spent and what is left, exactly; zCDP adds up over runs (reference/privacy.md §2.1). */
export function budgetState(cap: BudgetCap, entries: readonly BudgetEntry[]): BudgetState {
  const allowed = rhoOf(Number(cap.epsilon), Number(cap.delta))
  const spent = spentRho(entries)
  const remaining = compare(spent, allowed) >= 0 ? zero : subtract(allowed, spent)
  return {
    cap,
    rhoCap: formatFraction(allowed),
    rhoSpent: formatFraction(spent),
    rhoRemaining: formatFraction(remaining),
    epsilonRemaining: roundedDown(epsilonOf(toNumber(remaining), Number(cap.delta))),
    runs: entries.length,
  }
}

/**
 * Refuses a run that would take the seed set past its cap; undefined: there is room. `rho` is what the run is granted at most.
 */
export function refuseOverspending(state: BudgetState, rho: string): Refusal | undefined {
  if (compare(parseFraction(rho), parseFraction(state.rhoRemaining)) <= 0) return undefined
  return {
    code: 'budget-exceeded',
    detail:
      `the run would spend rho ${shown(rho)}, and ${shown(state.rhoRemaining)} of the seed set's ${shown(state.rhoCap)} ` +
      `(epsilon ${state.cap.epsilon} at delta ${state.cap.delta}) is left after ${state.runs} runs`,
    hint: `Lower epsilon (about ${state.epsilonRemaining} is left at delta ${state.cap.delta}), or resume an earlier run: sampling again is free.`,
  }
}

/** Sum of the ledger's lines as `p/q`. */
export function totalRho(entries: readonly BudgetEntry[]): string {
  return formatFraction(spentRho(entries))
}

function spentRho(entries: readonly BudgetEntry[]): Fraction {
  return entries.reduce((sum, entry) => add(sum, parseFraction(entry.rho)), zero)
}

function roundedDown(epsilon: number): string {
  return String(Math.floor(Math.max(0, epsilon) * 1000) / 1000)
}

function shown(rho: string): string {
  return toNumber(parseFraction(rho)).toPrecision(4)
}
