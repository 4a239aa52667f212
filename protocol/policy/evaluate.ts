import type { Decision, Explanation, PolicyRules, Rule } from '../../schemas/policy.ts'
import { evaluateConstraint, type Moment, worst } from './constraints.ts'
import { decidingReasons, explanation } from './explain.ts'
import { operandTime } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

/**
 * The facts that a policy is held against. `catalog`: may the recipient see the offer (what only a request can tell is left
 * open). `negotiation`: may it agree. `transfer`: may a pull start. `access`: may the next chunk go out, may a copy be read.
 * `derivation`: may a new dataset be made from the data, which needs a permission to derive, whatever may be used.
 */
export interface PolicyContext {
  readonly scope: 'catalog' | 'negotiation' | 'transfer' | 'access' | 'derivation'
  /** DID of the party that would use the data. */
  readonly recipient: string
  /** DIDs of the authorities whose membership credential of the recipient was verified. */
  readonly memberships: readonly string[]
  /** As stated by the recipient; in a catalog, the one that it looks for. */
  readonly purpose?: string
  /** Ordinal of the pull under its agreement, 1 for the first; of a derivation, of the pull that brought the copy. */
  readonly use: number
  /** Left operands that the rulebook allows. */
  readonly operands: readonly string[]
}

const POLICY_MEMBERS = new Set([
  '@context',
  '@id',
  '@type',
  'target',
  'assigner',
  'assignee',
  'timestamp',
  'profile',
  'permission',
  'prohibition',
  'obligation',
])
const RULE_MEMBERS = new Set(['@id', '@type', 'action', 'constraint'])

/**
 * Decides whether the recipient may use the data now (`now`: ms since 1970). Fails closed: a policy that carries anything this
 * program does not understand is denied as a whole, because an agreement binds to all of its words. Total and pure.
 * Semantics: docs/spec/policy.md; vocabulary ODRL 2.2 as profiled by DSP 2025-1.
 */
export function evaluatePolicy(policy: PolicyRules, context: PolicyContext, now: number): Decision {
  const moment = { context, now }
  const strays = Object.keys(policy)
    .filter((member) => !POLICY_MEMBERS.has(member))
    .map((term) => explanation({ verdict: 'unknown', reason: 'member-unknown', path: '', facts: { term } }))
  const profiles = (policy.profile ?? []).map((term) =>
    explanation({ verdict: 'unknown', reason: 'profile-unknown', path: '/profile', facts: { term } }),
  )
  const permissions = [
    ...each(policy.permission, 'permission', (rule, path) => permission(rule, path, moment)),
    ...withoutDerivation(policy, context),
  ]
  const prohibitions = each(policy.prohibition, 'prohibition', (rule, path) => prohibition(rule, path, moment))
  const duties = each(policy.obligation, 'obligation', (rule, path) => duty(rule, path, moment))
  const children = [...strays, ...profiles, ...permissions, ...prohibitions, ...duties]
  const understood = children.every((child) => child.verdict !== 'unknown')
  const granted = permissions.some((child) => child.reason === 'permission-applies')
  const hindered = worst([...prohibitions, ...duties].map((child) => child.verdict)) !== 'met'
  const permitted = understood && granted && !hindered
  const root = explanation({
    verdict: permitted ? 'met' : understood ? 'unmet' : 'unknown',
    reason: permitted ? 'permitted' : 'no-permission',
    path: '',
    children,
  })
  return { permitted, explanation: root, reasons: decidingReasons(root) }
}

/** Every word of the policy is understood, whatever is decided about it: the condition for binding to it. */
export function isUnderstood(decision: Decision): boolean {
  return decision.explanation.verdict !== 'unknown'
}

function each(
  rules: readonly Rule[] | undefined,
  name: string,
  evaluate: (rule: Rule, path: string) => Explanation,
): Explanation[] {
  return (rules ?? []).map((rule, index) => {
    const path = `/${name}/${index}`
    const stray = Object.keys(rule).find((member) => !RULE_MEMBERS.has(member))
    return stray === undefined
      ? evaluate(rule, path)
      : explanation({ verdict: 'unknown', reason: 'member-unknown', path, facts: { term: stray } })
  })
}

function constraintsOf(rule: Rule, path: string, moment: Moment): Explanation[] {
  return (rule.constraint ?? []).map((constraint, index) =>
    evaluateConstraint(constraint, moment, { path: `${path}/constraint/${index}`, depth: 1 }),
  )
}

/** The action that a permission must be for (ODRL 2.2 vocabulary §3.2). There `derive` is part of `use`; here it is never implied. */
function actionAsked({ scope }: PolicyContext): 'use' | 'derive' {
  return scope === 'derivation' ? 'derive' : 'use'
}

/** A denial of its own, so that it is among the reasons whatever else fails. */
function withoutDerivation({ permission: rules = [] }: PolicyRules, { scope }: PolicyContext): Explanation[] {
  if (scope !== 'derivation' || rules.some((rule) => canonicalTerm(rule.action) === 'derive')) return []
  return [explanation({ verdict: 'unmet', reason: 'derivation-not-permitted', path: '/permission' })]
}

function permission(rule: Rule, path: string, moment: Moment): Explanation {
  const term = canonicalTerm(rule.action)
  if (term !== 'use' && term !== 'derive') {
    return explanation({ verdict: 'unknown', reason: 'action-unknown', path, facts: { term } })
  }
  const children = constraintsOf(rule, path, moment)
  const verdict = worst(children.map((child) => child.verdict))
  if (term !== actionAsked(moment.context) && verdict !== 'unknown') {
    return explanation({ verdict: 'met', reason: 'permission-not-asked-for', path, facts: { term } })
  }
  const reason = verdict === 'met' ? 'permission-applies' : 'permission-does-not-apply'
  return explanation({ verdict, reason, path, facts: { term }, children })
}

function prohibition(rule: Rule, path: string, moment: Moment): Explanation {
  const term = canonicalTerm(rule.action)
  if (term !== 'use' && term !== 'distribute' && term !== 'derive') {
    return explanation({ verdict: 'unknown', reason: 'action-unknown', path, facts: { term } })
  }
  const children = constraintsOf(rule, path, moment)
  const conditions = worst(children.map((child) => child.verdict))
  if (conditions === 'unknown') {
    return explanation({ verdict: 'unknown', reason: 'prohibition-applies', path, facts: { term }, children })
  }
  const applies = (term === 'use' || term === actionAsked(moment.context)) && conditions === 'met'
  return explanation({
    verdict: applies ? 'unmet' : 'met',
    reason: applies ? 'prohibition-applies' : 'prohibition-does-not-apply',
    path,
    facts: { term },
  })
}

/** Deadline of a duty to delete, in ms since 1970; undefined when the duty is not exactly `delete` until one moment. */
export function deletionDeadline(rule: Rule): number | undefined {
  const [only, ...others] = rule.constraint ?? []
  if (canonicalTerm(rule.action) !== 'delete' || only === undefined || others.length > 0) return undefined
  const members = Object.keys(only).filter((member) => member !== '@id' && member !== '@type')
  if (members.length !== 3 || only.leftOperand === undefined || only.operator === undefined) return undefined
  const until = ['lteq', 'lt'].includes(canonicalTerm(only.operator))
  return until && canonicalTerm(only.leftOperand) === 'dateTime' ? operandTime(only.rightOperand) : undefined
}

function duty(rule: Rule, path: string, { context, now }: Moment): Explanation {
  const term = canonicalTerm(rule.action)
  if (term !== 'delete') return explanation({ verdict: 'unknown', reason: 'action-unknown', path, facts: { term } })
  const deadline = deletionDeadline(rule)
  if (deadline === undefined) {
    return explanation({ verdict: 'unknown', reason: 'conditional-duty', path, facts: { term } })
  }
  if (!context.operands.some((operand) => canonicalTerm(operand) === 'dateTime')) {
    const facts = { term: 'dateTime' }
    return explanation({ verdict: 'unknown', reason: 'operand-not-allowed', path, facts })
  }
  const facts = { term, required: new Date(deadline).toISOString() }
  return now < deadline
    ? explanation({ verdict: 'met', reason: 'duty-accepted', path, facts })
    : explanation({ verdict: 'unmet', reason: 'duty-overdue', path, facts })
}
