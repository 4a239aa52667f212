import type { Rulebook } from '../../schemas/governance.ts'
import type { Offer, PolicyRules } from '../../schemas/policy.ts'
import { type Refusal } from '../refusal.ts'
import { deletionDeadline, evaluatePolicy } from './evaluate.ts'
import { constraintsOf } from './policy-constraints.ts'
import { operandTexts, operandTime } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

const DAY = 86_400_000

type Finding = { readonly path: string; readonly message: string }

/**
 * Checks an offer before it is written here: every word understood, every operand and purpose one of the rulebook's, every
 * copy deleted within the rulebook's retention, at least one permission to use. `now`: ms since 1970. Undefined when all is well.
 */
export function checkOffer(
  offer: Offer,
  rulebook: Pick<Rulebook, 'operands' | 'purposes' | 'retention'>,
  now: number,
): Refusal | undefined {
  const findings = [
    ...notUnderstood(offer, rulebook.operands, now),
    ...unknownPurposes(offer, rulebook),
    ...retention(offer, rulebook, now),
    ...timesOfUse(offer, now),
  ]
  if (!(offer.permission ?? []).some(({ action }) => canonicalTerm(action) === 'use')) {
    findings.push({ path: '/permission', message: 'an offer needs a permission to use' })
  }
  if (findings.length === 0) return undefined
  return {
    code: 'policy-refused',
    detail: 'the offer says what the rulebook does not allow',
    hint: `Operands of the rulebook: ${rulebook.operands.join(', ')}. Fill in a template instead: tanemaki policy templates.`,
    errors: findings,
  }
}

function notUnderstood(offer: PolicyRules, operands: readonly string[], now: number): Finding[] {
  const context = { scope: 'negotiation', recipient: '', memberships: [], use: 1, operands } as const
  const { explanation } = evaluatePolicy(offer, context, now)
  const findings: Finding[] = []
  const visit = (node: typeof explanation): void => {
    const below = node.children.filter((child) => child.verdict === 'unknown')
    if (node.verdict === 'unknown' && below.length === 0) findings.push({ path: node.path, message: node.text.en })
    below.forEach(visit)
  }
  visit(explanation)
  return findings
}

function unknownPurposes(offer: PolicyRules, rulebook: Pick<Rulebook, 'purposes'>): Finding[] {
  const known = new Set(rulebook.purposes.map((purpose) => purpose.id))
  return [...constraintsOf(offer)].flatMap(({ constraint, path }) => {
    if (canonicalTerm(constraint.leftOperand ?? '') !== 'purpose') return []
    const unknown = (operandTexts(constraint.rightOperand) ?? []).filter((purpose) => !known.has(purpose))
    return unknown.map((purpose) => ({
      path,
      message: `“${purpose}” is no purpose of the rulebook (${[...known].join(', ')}).`,
    }))
  })
}

/** A permission that can never apply is a slip of whoever wrote it. */
function timesOfUse({ permission = [] }: Offer, now: number): Finding[] {
  return permission.flatMap(({ constraint = [] }, index) => {
    const times = (operators: readonly string[]) =>
      constraint
        .filter(
          ({ leftOperand, operator }) =>
            canonicalTerm(leftOperand ?? '') === 'dateTime' && operators.includes(canonicalTerm(operator ?? '')),
        )
        .map(({ rightOperand }) => operandTime(rightOperand))
        .filter((time) => time !== undefined)
    const end = Math.min(...times(['lt', 'lteq']))
    const path = `/permission/${index}/constraint`
    if (end <= now) return [{ path, message: 'the time of use has passed.' }]
    return end < Math.max(...times(['gt', 'gteq'])) ? [{ path, message: 'the time of use ends before it begins.' }] : []
  })
}

function retention(offer: PolicyRules, rulebook: Pick<Rulebook, 'retention'>, now: number): Finding[] {
  const latest = now + rulebook.retention.maxDays * DAY
  const deadlines = (offer.obligation ?? []).map(deletionDeadline).filter((deadline) => deadline !== undefined)
  if (deadlines.length === 0) {
    return [
      { path: '/obligation', message: 'the rulebook limits retention, so the offer must say when copies are deleted.' },
    ]
  }
  const deadline = Math.min(...deadlines)
  if (deadline <= now) return [{ path: '/obligation', message: 'the date of deletion has passed.' }]
  if (deadline <= latest) return []
  return [
    {
      path: '/obligation',
      message: `the rulebook allows copies for ${rulebook.retention.maxDays} days, until ${new Date(latest).toISOString()}.`,
    },
  ]
}
