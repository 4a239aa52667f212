import type { DpClaim, DpLedgerThresholds, GateResult } from '../../schemas/evaluation.ts'
import { epsilonOf, rhoOf } from '../generation/accountant.ts'
import { compare, parseFraction, toNumber } from '../generation/rational.ts'

/**
 * Gate G11: what all runs on the seed set have spent, converted at the claim's delta, is within the policy, the domains
 * are public and the number of rows is a constant. Not applicable to a dataset that claims no differential privacy.
 */
export function judgeDpLedger(claim: DpClaim | undefined, thresholds: DpLedgerThresholds): GateResult {
  const rule = `total epsilon at most ${thresholds.maxEpsilon}, delta at most 1/(${thresholds.deltaRows} × rows), public domains`
  const base = { gate: 'G11' as const, statistic: 'epsilon spent on the seed set', rule }
  if (claim === undefined) {
    return { ...base, verdict: 'not-applicable', reason: 'the dataset claims no differential privacy' }
  }
  const delta = Number(claim.delta)
  const spent = parseFraction(claim.rhoSpent)
  const total = parseFraction(claim.rhoTotal)
  const value = Number(epsilonOf(toNumber(total), delta).toPrecision(6))
  // compared as exact budgets, because a run may spend its epsilon to the last bit
  const exceeds = (rho: typeof total, epsilon: string): boolean => compare(rho, rhoOf(Number(epsilon), delta)) > 0
  const faults = [
    ...(exceeds(total, thresholds.maxEpsilon) ? ['the runs on the seed set have spent more epsilon than allowed'] : []),
    ...(exceeds(spent, claim.epsilon) ? ['the run spent more than it claims'] : []),
    ...(compare(total, spent) < 0 ? ['the total is below what this run spent'] : []),
    ...(delta * thresholds.deltaRows * Math.max(1, claim.publicRows) > 1
      ? ['delta is too large for this many rows']
      : []),
    ...(claim.domain === 'public' ? [] : ['a domain was read from the seeds']),
    ...(claim.rowsConstant ? [] : ['the number of rows depends on the seeds']),
  ]
  return {
    ...base,
    verdict: faults.length === 0 ? 'pass' : 'fail',
    value,
    reason: faults.length === 0 ? 'the accountant’s total is within the policy' : faults.join('; '),
  }
}
