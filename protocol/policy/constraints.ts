import type { Constraint, Explanation, ReasonCode, Verdict } from '../../schemas/policy.ts'
import type { PolicyContext } from './evaluate.ts'
import { explanation } from './explain.ts'
import { operandCount, operandTexts, operandTime } from './values.ts'
import { canonicalTerm, isKnownOperand, type KnownOperand, MEMBERSHIP_OPERAND } from './vocabulary.ts'

const MEMBERS = new Set(['@id', '@type', 'leftOperand', 'operator', 'rightOperand', 'and', 'or', 'xone', 'andSequence'])
const COMBINATIONS = ['and', 'or', 'xone', 'andSequence'] as const
const MAX_DEPTH = 16

export interface Moment {
  readonly context: PolicyContext
  /** ms since 1970 */
  readonly now: number
}

interface Place {
  readonly path: string
  readonly depth: number
}

interface Comparison extends Moment {
  readonly path: string
  readonly operator: string
  readonly value: unknown
}

/** Unknown wins over unmet, unmet over met: nothing that is not understood can be outweighed. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('unknown')) return 'unknown'
  return verdicts.includes('unmet') ? 'unmet' : 'met'
}

/** Evaluates one constraint. Total: every input gives a verdict, and everything not understood gives `unknown`. */
export function evaluateConstraint(constraint: Constraint, moment: Moment, place: Place): Explanation {
  const { path, depth } = place
  if (depth > MAX_DEPTH) return explanation({ verdict: 'unknown', reason: 'too-deep', path })
  const stray = Object.keys(constraint).find((member) => !MEMBERS.has(member))
  if (stray !== undefined) {
    return explanation({ verdict: 'unknown', reason: 'member-unknown', path, facts: { term: stray } })
  }
  const combinations = COMBINATIONS.filter((kind) => constraint[kind] !== undefined)
  const atomic = [constraint.leftOperand, constraint.operator, constraint.rightOperand].filter((m) => m !== undefined)
  const [kind] = combinations
  if (kind !== undefined && combinations.length === 1 && atomic.length === 0) {
    return combine(kind, constraint[kind] ?? [], { moment, place })
  }
  if (combinations.length > 0 || constraint.leftOperand === undefined || constraint.operator === undefined) {
    return explanation({ verdict: 'unknown', reason: 'constraint-malformed', path })
  }
  return compare(constraint.leftOperand, {
    ...moment,
    path,
    operator: canonicalTerm(constraint.operator),
    value: constraint.rightOperand,
  })
}

function combine(
  kind: (typeof COMBINATIONS)[number],
  parts: readonly Constraint[],
  { moment, place }: { moment: Moment; place: Place },
): Explanation {
  const { path } = place
  if (parts.length === 0) return explanation({ verdict: 'unknown', reason: 'constraint-malformed', path })
  const children = parts.map((part, index) =>
    evaluateConstraint(part, moment, { path: `${path}/${kind}/${index}`, depth: place.depth + 1 }),
  )
  const overall = worst(children.map((child) => child.verdict))
  const met = children.filter((child) => child.verdict === 'met').length
  const outcome = {
    and: { holds: overall === 'met', yes: 'all-hold', no: 'not-all-hold' },
    andSequence: { holds: overall === 'met', yes: 'all-hold', no: 'not-all-hold' },
    or: { holds: met > 0, yes: 'one-holds', no: 'none-holds' },
    xone: { holds: met === 1, yes: 'exactly-one-holds', no: 'not-exactly-one-holds' },
  } as const
  const { holds, yes, no } = outcome[kind]
  if (overall === 'unknown') return explanation({ verdict: 'unknown', reason: no, path, children })
  return explanation({ verdict: holds ? 'met' : 'unmet', reason: holds ? yes : no, path, children })
}

function compare(leftOperand: string, comparison: Comparison): Explanation {
  const operand = canonicalTerm(leftOperand)
  const { context, path } = comparison
  const facts = { term: operand }
  if (!isKnownOperand(operand)) return explanation({ verdict: 'unknown', reason: 'operand-unknown', path, facts })
  if (!context.operands.some((allowed) => canonicalTerm(allowed) === operand)) {
    return explanation({ verdict: 'unknown', reason: 'operand-not-allowed', path, facts })
  }
  return COMPARISONS[operand](comparison)
}

const COMPARISONS: Readonly<Record<KnownOperand, (comparison: Comparison) => Explanation>> = {
  recipient: (comparison) =>
    compareWord('recipient', comparison, {
      found: comparison.context.recipient,
      yes: 'recipient-named',
      no: 'recipient-not-named',
    }),
  purpose: comparePurpose,
  dateTime: compareTime,
  count: compareCount,
  [MEMBERSHIP_OPERAND]: compareMembership,
}

function unknown(reason: ReasonCode, term: string, { path, operator }: Comparison): Explanation {
  return explanation({ verdict: 'unknown', reason, path, facts: { term, required: operator } })
}

function compareWord(
  term: string,
  comparison: Comparison,
  { found, yes, no }: { found: string; yes: ReasonCode; no: ReasonCode },
): Explanation {
  const words = operandTexts(comparison.value)
  if (words === undefined) return unknown('value-unreadable', term, comparison)
  const { operator, path } = comparison
  const negative = operator === 'neq' || operator === 'isNoneOf'
  if (!negative && operator !== 'eq' && operator !== 'isAnyOf') return unknown('operator-unknown', term, comparison)
  if ((operator === 'eq' || operator === 'neq') && words.length !== 1) {
    return unknown('value-unreadable', term, comparison)
  }
  const holds = words.includes(found) !== negative
  const required = `${negative ? 'not ' : ''}${words.join(', ')}`
  return explanation({ verdict: holds ? 'met' : 'unmet', reason: holds ? yes : no, path, facts: { required, found } })
}

function comparePurpose(comparison: Comparison): Explanation {
  const { context, path } = comparison
  const stated = compareWord('purpose', comparison, {
    found: context.purpose ?? '',
    yes: 'purpose-allowed',
    no: 'purpose-not-allowed',
  })
  if (stated.verdict === 'unknown') return stated
  if (context.purpose !== undefined) return stated
  if (context.scope === 'catalog') {
    return explanation({ verdict: 'met', reason: 'decided-on-request', path, facts: { term: 'purpose' } })
  }
  const required = (operandTexts(comparison.value) ?? []).join(', ')
  return explanation({ verdict: 'unmet', reason: 'purpose-not-stated', path, facts: { required } })
}

const ORDERED: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  lt: (left, right) => left < right,
  lteq: (left, right) => left <= right,
  gt: (left, right) => left > right,
  gteq: (left, right) => left >= right,
  eq: (left, right) => left === right,
}

function compareTime(comparison: Comparison): Explanation {
  const { operator, path, now, context } = comparison
  const order = ORDERED[operator]
  if (order === undefined || operator === 'eq') return unknown('operator-unknown', 'dateTime', comparison)
  const time = operandTime(comparison.value)
  if (time === undefined) return unknown('value-unreadable', 'dateTime', comparison)
  const required = new Date(time).toISOString()
  const fromThen = operator === 'gt' || operator === 'gteq'
  if (order(now, time)) {
    const facts = { required: fromThen ? `${required} –` : `– ${required}` }
    return explanation({ verdict: 'met', reason: 'time-holds', path, facts })
  }
  if (fromThen && context.scope === 'catalog') {
    return explanation({ verdict: 'met', reason: 'decided-on-request', path, facts: { term: 'dateTime' } })
  }
  return explanation({ verdict: 'unmet', reason: fromThen ? 'too-early' : 'too-late', path, facts: { required } })
}

function compareCount(comparison: Comparison): Explanation {
  const { operator, path, context } = comparison
  const order = ORDERED[operator]
  if (order === undefined) return unknown('operator-unknown', 'count', comparison)
  const limit = operandCount(comparison.value)
  if (limit === undefined) return unknown('value-unreadable', 'count', comparison)
  if (context.scope === 'catalog') {
    return explanation({ verdict: 'met', reason: 'decided-on-request', path, facts: { term: 'count' } })
  }
  const facts = { required: operator === 'lteq' ? String(limit) : `${operator} ${limit}`, found: String(context.use) }
  return order(context.use, limit)
    ? explanation({ verdict: 'met', reason: 'count-within', path, facts })
    : explanation({ verdict: 'unmet', reason: 'count-exhausted', path, facts })
}

function compareMembership(comparison: Comparison): Explanation {
  const { operator, path, context } = comparison
  const authorities = operandTexts(comparison.value)
  if (operator !== 'eq' && operator !== 'isAnyOf') return unknown('operator-unknown', MEMBERSHIP_OPERAND, comparison)
  if (authorities === undefined || (operator === 'eq' && authorities.length !== 1)) {
    return unknown('value-unreadable', MEMBERSHIP_OPERAND, comparison)
  }
  const holds = authorities.some((authority) => context.memberships.includes(authority))
  const facts = { required: authorities.join(', ') }
  return explanation({ verdict: holds ? 'met' : 'unmet', reason: holds ? 'member' : 'not-member', path, facts })
}
