import type { InheritedTerms } from '../../schemas/datasets.ts'
import type { Decision, InheritedDuty, Offer, PolicyRules, Rule, Wording } from '../../schemas/policy.ts'
import { instantOf } from '../instant.ts'
import type { Refusal } from '../refusal.ts'
import { deletionDeadline, evaluatePolicy, type PolicyContext } from './evaluate.ts'
import { mentionsOperand } from './policy-constraints.ts'
import { deletionDuty, NO_ONWARD_DISTRIBUTION } from './templates.ts'
import { operandTexts } from './values.ts'
import { canonicalTerm } from './vocabulary.ts'

/** An input of a derived dataset: what it is, the rules under which it is held, and the facts of the holder. */
export interface HeldInput {
  readonly input: InheritedTerms['inputs'][number]
  readonly agreement: PolicyRules
  readonly holder: Omit<PolicyContext, 'scope' | 'purpose'>
}

/** Facts of the space under which terms are inherited: ids of the rulebook's purposes, and now in ms since 1970. */
export interface InheritanceSetting {
  readonly purposes: readonly string[]
  readonly now: number
}

/**
 * What a dataset inherits that is made from this input. Purposes: those of the rulebook for which the agreement permits use and
 * derivation; absent when it does not speak of purposes. Others may derive only where it names no recipients.
 * Semantics: docs/spec/policy.md.
 */
export function inheritedTerms({ input, agreement, holder }: HeldInput, setting: InheritanceSetting): InheritedTerms {
  const allowed = setting.purposes.filter((purpose) => permitsPurpose(agreement, { ...holder, purpose }, setting.now))
  const deadline = earliestDeadline(agreement.obligation ?? [])
  return {
    inputs: [input],
    ...(mentionsOperand(agreement, 'purpose') ? { purposes: allowed } : {}),
    ...(deadline === undefined ? {} : { deleteBy: instantOf(deadline) }),
    onwardDistribution: !(agreement.prohibition ?? []).some(isDistribution),
    derivation: !mentionsOperand(agreement, 'recipient'),
  }
}

/** What a dataset inherits that is made from several inputs: the narrowest of everything. Undefined without any. */
export function combineInherited(all: readonly InheritedTerms[]): InheritedTerms | undefined {
  const [first, ...others] = all
  return first === undefined ? undefined : others.reduce(narrowest, first)
}

function narrowest(a: InheritedTerms, b: InheritedTerms): InheritedTerms {
  const purposes =
    a.purposes === undefined ? b.purposes : a.purposes.filter((each) => b.purposes?.includes(each) ?? true)
  const [deleteBy] = [a.deleteBy, b.deleteBy].filter((by) => by !== undefined).toSorted()
  const more = b.inputs.filter((input) => !a.inputs.some(({ agreementId }) => agreementId === input.agreementId))
  return {
    inputs: [...a.inputs, ...more],
    ...(purposes === undefined ? {} : { purposes }),
    ...(deleteBy === undefined ? {} : { deleteBy }),
    onwardDistribution: a.onwardDistribution && b.onwardDistribution,
    derivation: a.derivation && b.derivation,
  }
}

function permitsPurpose(agreement: PolicyRules, facts: Omit<PolicyContext, 'scope'>, now: number): boolean {
  return decideDerivation(agreement, facts, now).every(({ permitted }) => permitted)
}

/** Whether the holder of a copy may read it to make something new of it: both decisions have to permit it. */
export function decideDerivation(agreement: PolicyRules, facts: Omit<PolicyContext, 'scope'>, now: number): Decision[] {
  return (['access', 'derivation'] as const).map((scope) => evaluatePolicy(agreement, { ...facts, scope }, now))
}

/** In ms since 1970. */
function earliestDeadline(obligations: readonly Rule[]): number | undefined {
  const deadlines = obligations.map(deletionDeadline).filter((deadline) => deadline !== undefined)
  return deadlines.length === 0 ? undefined : Math.min(...deadlines)
}

function isDistribution({ action }: Rule): boolean {
  return canonicalTerm(action) === 'distribute'
}

type Finding = { readonly path: string; readonly message: string }

/**
 * Checks that an offer of a derived dataset grants nothing beyond what it inherited. Undefined when it does not; otherwise the
 * clauses that go too far, with their places in the offer (JSON Pointer).
 */
export function checkInherited(offer: Offer, inherited: InheritedTerms): Refusal | undefined {
  const findings = [
    ...beyondPurposes(offer, inherited),
    ...beyondDeletion(offer, inherited),
    ...beyondDistribution(offer, inherited),
    ...beyondDerivation(offer, inherited),
  ]
  if (findings.length === 0) return undefined
  const providers = [...new Set(inherited.inputs.map(({ provider }) => provider))].join(', ')
  return {
    code: 'policy-refused',
    detail: 'the offer grants more than the agreements allow under which the dataset was made from copies',
    hint: `By what was agreed with ${providers}, ${findings.map(({ message }) => message).join(' ')}`,
    errors: findings,
  }
}

/** One condition directly under the permission bounds it, whatever stands beside it; nested ones are not looked into. */
function beyondPurposes({ permission = [] }: Offer, { purposes }: InheritedTerms): Finding[] {
  if (purposes === undefined) return []
  return permission.flatMap(({ constraint = [] }, index) => {
    const bounded = constraint.some(({ leftOperand = '', operator = '', rightOperand }) => {
      if (canonicalTerm(leftOperand) !== 'purpose') return false
      if (!['eq', 'isAnyOf'].includes(canonicalTerm(operator))) return false
      return operandTexts(rightOperand)?.every((purpose) => purposes.includes(purpose)) === true
    })
    const message = `the permission must be for purposes among: ${purposes.length === 0 ? 'none' : purposes.join(', ')}.`
    return bounded ? [] : [{ path: `/permission/${index}/constraint`, message }]
  })
}

function beyondDeletion({ obligation = [] }: Offer, { deleteBy }: InheritedTerms): Finding[] {
  if (deleteBy === undefined) return []
  const deadline = earliestDeadline(obligation)
  if (deadline !== undefined && deadline <= Date.parse(deleteBy)) return []
  return [{ path: '/obligation', message: `every copy must be deleted by ${deleteBy} at the latest.` }]
}

function beyondDistribution({ prohibition = [] }: Offer, { onwardDistribution }: InheritedTerms): Finding[] {
  const prohibited = prohibition.some((rule) => isDistribution(rule) && (rule.constraint ?? []).length === 0)
  if (onwardDistribution || prohibited) return []
  return [{ path: '/prohibition', message: 'passing the data on (distribute) must be prohibited.' }]
}

function beyondDerivation({ permission = [] }: Offer, { derivation }: InheritedTerms): Finding[] {
  if (derivation) return []
  return permission.flatMap(({ action }, index) =>
    canonicalTerm(action) === 'derive'
      ? [
          {
            path: `/permission/${index}`,
            message: 'others may not be permitted to derive, because an agreement names recipients.',
          },
        ]
      : [],
  )
}

/** The inherited terms as duties of who made the dataset, in words. `now`: ms since 1970. */
export function inheritedDuties(inherited: InheritedTerms, now: number): InheritedDuty[] {
  const { purposes, deleteBy, onwardDistribution, derivation } = inherited
  const duties: InheritedDuty[] = []
  if (deleteBy !== undefined) duties.push({ ...deletionDuty(deleteBy), due: Date.parse(deleteBy) <= now })
  if (!onwardDistribution) duties.push({ ...NO_ONWARD_DISTRIBUTION, due: false })
  if (purposes !== undefined) duties.push({ action: 'purposes', due: false, text: purposesText(purposes) })
  if (!derivation) {
    const en = 'Do not permit others to make new datasets from it.'
    const ja = 'これから新しいデータセットを作ることを他者に許可しないこと。'
    duties.push({ action: 'no-derivation', due: false, text: { en, ja } })
  }
  return duties
}

function purposesText(purposes: readonly string[]): Wording {
  const named = purposes.join(', ')
  return named === ''
    ? { en: 'No purpose of use is left.', ja: '認められる利用目的が残っていません。' }
    : { en: `Use and offer it for these purposes only: ${named}.`, ja: `次の目的に限り利用・提供すること:${named}。` }
}
