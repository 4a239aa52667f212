import type { Constraint, PolicyRules } from '../../schemas/policy.ts'
import { operandTime } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

/**
 * The first moment after `now` (both ms since 1970) at which time alone can change what evaluatePolicy decides about the
 * policy, in whatever context; Infinity when none is left. From `now` until just before it the decision stays the same.
 */
export function nextChange(policy: PolicyRules, now: number): number {
  let next = Number.POSITIVE_INFINITY
  const visit = (constraint: Constraint): void => {
    if (canonicalTerm(constraint.leftOperand ?? '') === 'dateTime') {
      const time = operandTime(constraint.rightOperand) ?? Number.NaN
      // Before or until, from or after: the comparison turns at the moment itself or one millisecond later.
      for (const turn of [time, time + 1]) if (turn > now && turn < next) next = turn
    }
    for (const kind of ['and', 'or', 'xone', 'andSequence'] as const) constraint[kind]?.forEach(visit)
  }
  for (const list of ['permission', 'prohibition', 'obligation'] as const) {
    for (const rule of policy[list] ?? []) rule.constraint?.forEach(visit)
  }
  return next
}
