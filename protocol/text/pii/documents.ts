import { type Detector, digitsOf, patternDetector } from './pii-types.ts'

/** Up to twelve characters that are no digits between the word for a document and its number. */
const between = '[^\\d\\n]{0,12}'
const labelled = (label: string, number: string): RegExp =>
  new RegExp(`(?:${label})${between}(?<datum>${number})(?!\\d)`, 'giu')
const digits = (match: RegExpExecArray): string => digitsOf(match.groups?.['datum'] ?? '')
const letters = (match: RegExpExecArray): string =>
  (match.groups?.['datum'] ?? match[0]).replaceAll(/[ -]/gu, '').toUpperCase()

/**
 * Numbers of documents and accounts. Their formats have no check digit that is public for all, so that numbers of digits alone
 * count only behind the word for the document.
 */
export const documents: readonly Detector[] = [
  patternDetector('residence-card', /(?<![A-Za-z0-9])[A-Z]{2}\d{8}[A-Z]{2}(?![A-Za-z0-9])/gu, letters),
  patternDetector('passport', labelled('旅券|パスポート|passport', '[A-Z]{2} ?\\d{7}'), letters),
  patternDetector(
    'driving-licence',
    labelled("免許|driv(?:er'?s?|ing) licen[cs]e", '\\d{4}[- ]?\\d{4}[- ]?\\d{4}'),
    digits,
  ),
  patternDetector('pension-number', labelled('基礎年金番号|年金番号|年金手帳', '\\d{4}-?\\d{6}'), digits),
  patternDetector('health-insurance', labelled('保険者番号|被保険者番号|保険証', '\\d{6,8}'), digits),
  patternDetector('bank-account', labelled('口座番号|普通|当座|口座', '\\d{7}'), digits),
  patternDetector('bank-account', /(?<![\dA-Za-z-])\d{4}-\d{3}-\d{7}(?![\dA-Za-z-])/gu, ([text]) => digitsOf(text)),
]
