import type { Constraint, PolicyRules, Rule } from '../../schemas/policy.ts'
import { canonicalJson } from '../canonical/jcs.ts'
import { operandTexts } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

/**
 * The rules of a policy in one spelling, as RFC 8785 text: prefixes of ODRL terms removed, `@id` and `@type` of inner nodes
 * left out, values unwrapped, empty lists left out, order kept (DSP peers compare in order). Members that this program does
 * not know stay in, so that policies which differ in them differ here. Parties, target, id and timestamp are not rules.
 */
export function canonicalRules(policy: PolicyRules): string {
  const form: Record<string, unknown> = {}
  const known = new Set([
    '@context',
    '@id',
    '@type',
    'target',
    'assigner',
    'assignee',
    'timestamp',
    ...LISTS,
    'profile',
  ])
  for (const [member, value] of Object.entries(policy)) if (!known.has(member)) form[member] = value
  for (const list of LISTS) {
    const rules = policy[list] ?? []
    if (rules.length > 0) form[list] = rules.map(canonicalRule)
  }
  if (policy.profile !== undefined) form['profile'] = policy.profile
  return canonicalJson(form)
}

/** Same rules in the same order, whatever the spelling. */
export function sameRules(a: PolicyRules, b: PolicyRules): boolean {
  return a === b || canonicalRules(a) === canonicalRules(b)
}

const LISTS = ['permission', 'prohibition', 'obligation'] as const

function canonicalRule(rule: Rule): unknown {
  const { '@id': _id, '@type': _type, action, constraint, ...others } = rule
  const constraints = constraint ?? []
  return {
    ...others,
    action: canonicalTerm(action),
    ...(constraints.length === 0 ? {} : { constraint: constraints.map(canonicalConstraint) }),
  }
}

function canonicalConstraint(constraint: Constraint): unknown {
  const {
    '@id': _id,
    '@type': _type,
    leftOperand,
    operator,
    rightOperand,
    and,
    or,
    xone,
    andSequence,
    ...others
  } = constraint
  const form: Record<string, unknown> = { ...others }
  if (leftOperand !== undefined) form['leftOperand'] = canonicalTerm(leftOperand)
  if (operator !== undefined) form['operator'] = canonicalTerm(operator)
  if (rightOperand !== undefined) form['rightOperand'] = operandTexts(rightOperand) ?? rightOperand
  for (const [kind, parts] of Object.entries({ and, or, xone, andSequence })) {
    if (parts !== undefined) form[kind] = parts.map(canonicalConstraint)
  }
  return form
}
