import type { PolicyRules } from '../../schemas/policy.ts'
import { constraintsOf } from './policy-constraints.ts'
import { operandTime } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

/**
 * The first moment after `now` (both ms since 1970) at which time alone can change what evaluatePolicy decides about the
 * policy, in whatever context; Infinity when none is left. From `now` until just before it the decision stays the same.
 */
export function nextChange(policy: PolicyRules, now: number): number {
  let next = Number.POSITIVE_INFINITY
  for (const { constraint } of constraintsOf(policy)) {
    if (canonicalTerm(constraint.leftOperand ?? '') !== 'dateTime') continue
    const time = operandTime(constraint.rightOperand) ?? Number.NaN
    // Before or until, from or after: the comparison turns at the moment itself or one millisecond later.
    for (const turn of [time, time + 1]) if (turn > now && turn < next) next = turn
  }
  return next
}
