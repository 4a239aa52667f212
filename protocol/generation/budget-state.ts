import type { BudgetCap, BudgetEntry } from '../../schemas/generation.ts'
import type { BudgetState } from '../../schemas/seeds.ts'
import { capRho, largestEpsilon, remainingRho, spentRho } from './budget.ts'
import { compare, formatFraction, zero } from './rational.ts'

/** What a seed set's runs have spent and what is left, exactly; zCDP adds up over runs (reference/privacy.md §2.1). */
export function budgetState(cap: BudgetCap, entries: readonly BudgetEntry[]): BudgetState {
  const left = remainingRho(entries, cap)
  const remaining = compare(left, zero) < 0 ? zero : left
  return {
    cap,
    rhoCap: formatFraction(capRho(cap)),
    rhoSpent: formatFraction(spentRho(entries)),
    rhoRemaining: formatFraction(remaining),
    epsilonRemaining: entries.length === 0 ? cap.epsilon : String(largestEpsilon(remaining, Number(cap.delta))),
    runs: entries.length,
  }
}
