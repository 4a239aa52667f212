import type { Rulebook } from '../../schemas/governance.ts'
import type { Instant } from '../../schemas/ids.ts'
import {
  type AgreementDuty,
  type Constraint,
  type Offer,
  type OfferTerms,
  type PolicyRules,
} from '../../schemas/policy.ts'
import { instantOf } from '../instant.ts'
import { deletionDeadline } from './evaluate.ts'
import { canonicalTerm, MEMBERSHIP_OPERAND, writtenTerm } from './vocabulary.ts'

const DAY = 86_400_000

/** What a template asks for, in words; `policy templates` shows these. */
export const OFFER_TEMPLATES = [
  {
    name: 'members',
    terms: { partners: 'members' },
    text: {
      en: 'Every member of the space may use the data, and may not pass it on.',
      ja: 'スペースの全参加者が利用できます。再配布は禁止です。',
    },
  },
  {
    name: 'named-partners',
    terms: { partners: ['did:web:partner.example'] },
    text: {
      en: 'Only the named partners see the offer and may use the data.',
      ja: '指名された相手だけがオファーを見て利用できます。',
    },
  },
  {
    name: 'purpose-bound',
    terms: { partners: 'members', purposes: ['<purpose id of the rulebook>'] },
    text: {
      en: 'Use for the named purposes only; the requester states its purpose.',
      ja: '指定された目的にのみ利用できます。要求者は目的を示します。',
    },
  },
  {
    name: 'limited',
    terms: {
      partners: 'members',
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2026-12-31T00:00:00.000Z',
      pulls: 3,
      deleteBy: '2027-01-31T00:00:00.000Z',
    },
    text: {
      en: 'Use within a time window, a number of pulls, and every copy deleted by a date.',
      ja: '利用期間、取得回数、複製の削除期限を定めます。',
    },
  },
  {
    name: 'derivation',
    terms: { partners: 'members', derivation: true },
    text: {
      en: 'Every member may also make new datasets from the data; these inherit purposes and the date of deletion.',
      ja: '全参加者が、このデータから新しいデータセットを作ることもできます。利用目的と削除期限は引き継がれます。',
    },
  },
] as const

export interface OfferSetting {
  /** Id of the new offer, unique to its dataset. */
  readonly id: string
  readonly rulebook: Pick<Rulebook, 'authority' | 'retention'>
  /** ms since 1970 */
  readonly now: number
  /** When what the dataset was made from must be deleted. */
  readonly latestDeletion?: string | undefined
}

/**
 * Writes the ODRL offer for filled-in terms. Recipients are named partners or the members of the rulebook's space; what
 * they may derive is under the conditions of use; onward distribution is prohibited; without `deleteBy` the copy is kept as long
 * as the rulebook allows, counted from now, and as what the dataset was made from allows (`latestDeletion`).
 */
export function writeOffer(terms: OfferTerms, { id, rulebook, now, latestDeletion }: OfferSetting): Offer {
  const constraint: Constraint[] = [
    terms.partners === 'members'
      ? atom(MEMBERSHIP_OPERAND, 'eq', rulebook.authority)
      : atom('recipient', 'isAnyOf', terms.partners),
  ]
  if (terms.purposes !== undefined) constraint.push(atom('purpose', 'isAnyOf', terms.purposes))
  if (terms.notBefore !== undefined) constraint.push(atom('dateTime', 'gteq', terms.notBefore))
  if (terms.notAfter !== undefined) constraint.push(atom('dateTime', 'lteq', terms.notAfter))
  if (terms.pulls !== undefined) constraint.push(atom('count', 'lteq', String(terms.pulls)))
  const longest = new Date(now + rulebook.retention.maxDays * DAY).toISOString()
  const allowed = latestDeletion !== undefined && latestDeletion < longest ? latestDeletion : longest
  const deleteBy = terms.deleteBy ?? allowed
  return {
    '@id': id,
    '@type': 'Offer',
    permission: [
      { action: 'use', constraint },
      ...(terms.derivation ? [{ action: writtenTerm('derive'), constraint }] : []),
    ],
    prohibition: [{ action: writtenTerm('distribute') }],
    obligation: [{ action: writtenTerm('delete'), constraint: [atom('dateTime', 'lteq', deleteBy)] }],
  }
}

function atom(operand: string, operator: string, rightOperand: string | readonly string[]): Constraint {
  return { leftOperand: writtenTerm(operand), operator, rightOperand }
}

/** The duties that a copy under these rules carries. */
export function dutiesOf(policy: PolicyRules): AgreementDuty[] {
  const deadlines = (policy.obligation ?? []).map(deletionDeadline).filter((deadline) => deadline !== undefined)
  const duties = deadlines.map((deadline) => deletionDuty(instantOf(deadline)))
  const prohibited = (policy.prohibition ?? []).some((rule) => canonicalTerm(rule.action) === 'distribute')
  return prohibited ? [...duties, NO_ONWARD_DISTRIBUTION] : duties
}

export function deletionDuty(by: Instant): AgreementDuty {
  return {
    action: 'delete',
    by,
    text: { en: `Delete every copy by ${by}.`, ja: `${by} までにすべての複製を削除すること。` },
  }
}

export const NO_ONWARD_DISTRIBUTION: AgreementDuty = {
  action: 'no-onward-distribution',
  text: { en: 'Do not pass the data on.', ja: 'データを第三者に渡さないこと。' },
}
