import { dutiesOf } from '../../protocol/policy/templates.ts'
import { operandTexts } from '../../protocol/policy/values.ts'
import { canonicalTerm } from '../../protocol/policy/vocabulary.ts'
import type { Constraint, Offer } from '../../schemas/policy.ts'

const TIMES: Readonly<Record<string, string>> = { lt: 'before', lteq: 'until', gt: 'after', gteq: 'from' }
const OTHERS: Readonly<Record<string, string>> = {
  eq: 'is',
  neq: 'is not',
  isAnyOf: 'is one of',
  isNoneOf: 'is none of',
  lt: 'below',
  lteq: 'at most',
  gt: 'above',
  gteq: 'at least',
}

/** The terms of an offer, one line each. */
export function offerLines(offer: Offer): string[] {
  const conditions = (offer.permission ?? []).flatMap((rule) => [
    `permits: ${canonicalTerm(rule.action)}`,
    ...(rule.constraint ?? []).map((constraint) => `  where ${conditionText(constraint)}`),
  ])
  return [...conditions, ...dutiesOf(offer).map((duty) => duty.text.en)]
}

function conditionText(constraint: Constraint): string {
  for (const kind of ['and', 'or', 'xone', 'andSequence'] as const) {
    const parts = constraint[kind]
    if (parts !== undefined) return `${kind}(${parts.map(conditionText).join('; ')})`
  }
  const value = operandTexts(constraint.rightOperand)?.join(', ') ?? JSON.stringify(constraint.rightOperand)
  const operand = canonicalTerm(constraint.leftOperand ?? '?')
  const operator = canonicalTerm(constraint.operator ?? '?')
  const words = operand === 'dateTime' ? TIMES : OTHERS
  return `${operand} ${words[operator] ?? operator} ${value}`
}
