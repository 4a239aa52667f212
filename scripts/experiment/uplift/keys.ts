import { exemptTerms, type StatuteLanguage, type StatuteSeed } from '../../demo/statutes.ts'
import { normaliseForComparison } from '../../../protocol/text/normalise.ts'
import { forms } from './forms.ts'

/** A number with its unit, or a term of exception, in an answer. */
export interface Claim {
  readonly kind: StatuteSeed['kind']
  /** As the answer has it, normalised. */
  readonly text: string
  /** The same for every way to write it. */
  readonly key: string
}

const dayUnits = new Set(['日', 'day'])

export function claimsIn(answer: string, language: StatuteLanguage): Claim[] {
  const text = normaliseForComparison(answer)
  const quantities = Array.from(
    text.matchAll(forms[language].quantity),
    ([found, digits = '', written = '']): Claim => {
      const unit = unitKey(written)
      const number = Number(digits.replaceAll(',', ''))
      return { kind: dayUnits.has(unit) ? 'deadline' : 'threshold', text: found, key: `${number} ${unit}` }
    },
  )
  const terms = exemptTerms[language].map(normaliseForComparison).filter((term) => text.includes(term))
  return [...quantities, ...terms.map((term): Claim => ({ kind: 'exception', text: term, key: term }))]
}

const unitKey = (unit: string): string =>
  unit.replace('meter', 'metre').replace('liter', 'litre').replace('tonne', 'ton').replace(/s$/u, '')

/**
 * What an answer claims, without repetition, sorted. An answer is right when this is exactly what was asked for: a hedge with a
 * second number is wrong.
 */
export function keysIn(answer: string, language: StatuteLanguage): string[] {
  return [...new Set(claimsIn(answer, language).map(({ key }) => key))].toSorted()
}

/** Whether an answer says that there is none. */
export function abstains(answer: string, language: StatuteLanguage): boolean {
  return forms[language].abstentions.test(normaliseForComparison(answer))
}
