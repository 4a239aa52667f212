import type { DpClaim, DpLedgerThresholds, GateResult } from '../../schemas/evaluation.ts'
import { epsilonOf } from '../generation/accountant.ts'
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
  // a double cannot hold the sum exactly: below the claimed epsilon's own rounding it counts as that epsilon
  const exact = epsilonOf(toNumber(total), delta)
  const claimed = Number(claim.epsilon)
  const value = compare(total, spent) === 0 ? Math.max(claimed, exact * (1 - 1e-8)) : exact
  const faults = [
    ...(value > Number(thresholds.maxEpsilon) ? ['the runs on the seed set have spent more epsilon than allowed'] : []),
    ...(epsilonOf(toNumber(spent), delta) * (1 - 1e-8) > claimed ? ['the run spent more than it claims'] : []),
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
