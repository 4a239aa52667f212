import * as z from 'zod'
import { oneOrMany } from './dsp.ts'
import { Instant, Iri, ParticipantId } from './ids.ts'

const Term = z.string().min(1).max(512)

/**
 * Constraint of a rule (DSP 2025-1 contract-schema, AtomicConstraint or LogicalConstraint) as one object: either the three
 * operand members or exactly one of `and`, `or`, `xone`, `andSequence`. Which of both, and what it means, is decided by
 * protocol/policy, which denies everything it does not understand; unknown members are kept so that it can.
 */
export const Constraint = z.looseObject({
  leftOperand: Term.optional(),
  operator: Term.optional(),
  rightOperand: z.unknown().optional(),
  get and() {
    return z.array(Constraint).max(256).optional()
  },
  get or() {
    return z.array(Constraint).max(256).optional()
  },
  get xone() {
    return z.array(Constraint).max(256).optional()
  },
  get andSequence() {
    return z.array(Constraint).max(256).optional()
  },
})
export type Constraint = z.infer<typeof Constraint>

/** Permission, prohibition or duty. */
export const Rule = z.looseObject({
  action: Term,
  constraint: oneOrMany(Constraint),
})
export type Rule = z.infer<typeof Rule>

const policyMembers = {
  profile: oneOrMany(Term),
  permission: oneOrMany(Rule),
  prohibition: oneOrMany(Rule),
  obligation: oneOrMany(Rule),
}

/** The rules of an offer or agreement, without its parties and target. */
export const PolicyRules = z.looseObject(policyMembers)
export type PolicyRules = z.infer<typeof PolicyRules>

/** Offer as it stands in a catalog: no target, the dataset around it is the target. */
export const Offer = z.looseObject({ '@id': Iri, '@type': z.literal('Offer').default('Offer'), ...policyMembers })
export type Offer = z.infer<typeof Offer>

/** Offer inside a negotiation message: `target` names the dataset. */
export const MessageOffer = z.looseObject({
  '@id': Iri,
  '@type': z.literal('Offer'),
  target: Iri.optional(),
  ...policyMembers,
})
export type MessageOffer = z.infer<typeof MessageOffer>

/** What both parties agreed on. `timestamp` is an xsd:dateTime of the provider. */
export const Agreement = z.looseObject({
  '@id': Iri,
  '@type': z.literal('Agreement'),
  target: Iri,
  assigner: Iri,
  assignee: Iri,
  timestamp: z.string().max(64).optional(),
  ...policyMembers,
})
export type Agreement = z.infer<typeof Agreement>

/**
 * An offer template filled in by a person; `protocol/policy/templates.ts` writes the ODRL offer from it.
 * Onward distribution is always prohibited.
 */
export const OfferTerms = z.strictObject({
  /** `members`: every member of the space. Otherwise the partners by name. */
  partners: z.union([z.literal('members'), z.array(ParticipantId).min(1).max(64)]).default('members'),
  /** Purposes of the rulebook, any of which is allowed. Absent: any purpose. */
  purposes: z.array(Term).min(1).max(64).optional(),
  notBefore: Instant.optional(),
  notAfter: Instant.optional(),
  /** How often the dataset may be pulled under one agreement. */
  pulls: z.int().min(1).max(1_000_000).optional(),
  /** When every copy must be deleted. Absent: the longest that the rulebook allows. */
  deleteBy: Instant.optional(),
  /** Partners may make new datasets from it, which inherit these terms. */
  derivation: z.boolean().default(false),
})
export type OfferTerms = z.infer<typeof OfferTerms>
export type OfferTermsInput = z.input<typeof OfferTerms>

/** met: holds. unmet: decided and does not hold. unknown: not understood, which denies. */
export const Verdict = z.enum(['met', 'unmet', 'unknown'])
export type Verdict = z.infer<typeof Verdict>

/** Closed list of what a node of the explanation says; protocol/policy/explain.ts has the words for each. */
export const ReasonCode = z.enum([
  'permitted',
  'no-permission',
  'permission-applies',
  'permission-does-not-apply',
  'permission-not-asked-for',
  'derivation-not-permitted',
  'prohibition-applies',
  'prohibition-does-not-apply',
  'duty-accepted',
  'duty-overdue',
  'all-hold',
  'not-all-hold',
  'one-holds',
  'none-holds',
  'exactly-one-holds',
  'not-exactly-one-holds',
  'recipient-named',
  'recipient-not-named',
  'member',
  'not-member',
  'purpose-allowed',
  'purpose-not-allowed',
  'purpose-not-stated',
  'time-holds',
  'too-early',
  'too-late',
  'count-within',
  'count-exhausted',
  'decided-on-request',
  'action-unknown',
  'operand-unknown',
  'operand-not-allowed',
  'operator-unknown',
  'value-unreadable',
  'member-unknown',
  'constraint-malformed',
  'conditional-duty',
  'profile-unknown',
  'too-deep',
])
export type ReasonCode = z.infer<typeof ReasonCode>

/** Words of one explanation in both languages of the product. */
export const Wording = z.object({ en: z.string(), ja: z.string() })
export type Wording = z.infer<typeof Wording>

/** Node of the explanation tree. `path` is a JSON Pointer (RFC 6901) into the policy. */
export const Explanation = z.object({
  verdict: Verdict,
  reason: ReasonCode,
  path: z.string(),
  text: Wording,
  get children() {
    return z.array(Explanation)
  },
})
export type Explanation = z.infer<typeof Explanation>

/** Answer of the policy evaluation. `reasons` are the leaves that decided it; empty when permitted. */
export const Decision = z.object({
  permitted: z.boolean(),
  explanation: Explanation,
  reasons: z.array(z.object({ reason: ReasonCode, path: z.string(), text: Wording })),
})
export type Decision = z.infer<typeof Decision>

/** A duty of an agreement in words that a copy and a receipt can carry. */
export const AgreementDuty = z.object({
  action: z.enum(['delete', 'no-onward-distribution']),
  by: Instant.optional(),
  text: Wording,
})
export type AgreementDuty = z.infer<typeof AgreementDuty>

/** What the maker of a derived dataset owes under the agreements of its inputs, in words. `due`: its date has come. */
export const InheritedDuty = z.object({
  action: z.enum(['delete', 'no-onward-distribution', 'purposes', 'no-derivation']),
  by: Instant.optional(),
  due: z.boolean(),
  text: Wording,
})
export type InheritedDuty = z.infer<typeof InheritedDuty>
