import type { Constraint, PolicyRules } from '../../schemas/policy.ts'
import { canonicalTerm } from './vocabulary.ts'

const LISTS = ['permission', 'prohibition', 'obligation'] as const
const COMBINATIONS = ['and', 'or', 'xone', 'andSequence'] as const

/** A constraint and its place in the policy as a JSON Pointer (RFC 6901). */
export interface PlacedConstraint {
  readonly constraint: Constraint
  readonly path: string
}

/** Every constraint of the rules of a policy, however deep it stands in combinations, in order. */
export function* constraintsOf(policy: PolicyRules): Generator<PlacedConstraint> {
  for (const list of LISTS) {
    for (const [index, rule] of (policy[list] ?? []).entries()) {
      for (const [at, constraint] of (rule.constraint ?? []).entries()) {
        yield* within({ constraint, path: `/${list}/${index}/constraint/${at}` })
      }
    }
  }
}

/** Whether any constraint of the policy compares this operand (in canonical form). */
export function mentionsOperand(policy: PolicyRules, operand: string): boolean {
  for (const { constraint } of constraintsOf(policy)) {
    if (constraint.leftOperand !== undefined && canonicalTerm(constraint.leftOperand) === operand) return true
  }
  return false
}

function* within({ constraint, path }: PlacedConstraint): Generator<PlacedConstraint> {
  yield { constraint, path }
  for (const kind of COMBINATIONS) {
    for (const [index, part] of (constraint[kind] ?? []).entries()) {
      yield* within({ constraint: part, path: `${path}/${kind}/${index}` })
    }
  }
}
