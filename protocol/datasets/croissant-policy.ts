import type { Constraint, Offer, Rule } from '../../schemas/policy.ts'

type Json = Record<string, unknown>

/** ODRL operators and the members whose values are terms of the vocabulary, not text. */
const TERM = /^[A-Za-z]+$/

/**
 * An offer as JSON-LD under the `odrl` prefix, so that readers which know nothing of the Dataspace Protocol's context read
 * the same policy (Croissant 1.1: `usageInfo` may hold an `odrl:Offer`).
 */
export function odrlOffer(offer: Offer): Json {
  return {
    '@type': 'odrl:Offer',
    '@id': offer['@id'],
    ...rules('permission', offer.permission),
    ...rules('prohibition', offer.prohibition),
    ...rules('obligation', offer.obligation),
  }
}

function rules(member: string, list: readonly Rule[] | undefined): Json {
  return list === undefined || list.length === 0 ? {} : { [`odrl:${member}`]: list.map(rule) }
}

function rule({ action, constraint }: Rule): Json {
  return {
    'odrl:action': { '@id': term(action) },
    ...(constraint === undefined ? {} : { 'odrl:constraint': constraint.map(constraintOf) }),
  }
}

function constraintOf(constraint: Constraint): Json {
  for (const operand of ['and', 'or', 'xone', 'andSequence'] as const) {
    const parts = constraint[operand]
    if (parts !== undefined)
      return { '@type': 'odrl:LogicalConstraint', [`odrl:${operand}`]: { '@list': parts.map(constraintOf) } }
  }
  const right = constraint.rightOperand
  return {
    '@type': 'odrl:Constraint',
    'odrl:leftOperand': { '@id': term(constraint.leftOperand ?? '') },
    'odrl:operator': { '@id': term(constraint.operator ?? '') },
    ...(right === undefined ? {} : { 'odrl:rightOperand': right }),
  }
}

function term(name: string): string {
  return TERM.test(name) ? `odrl:${name}` : name
}
