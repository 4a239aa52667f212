/** Kinds of personal or identifying data that the detectors know. */
export const piiKinds = [
  'my-number',
  'corporate-number',
  'card',
  'iban',
  'phone',
  'email',
  'url',
  'ip',
  'postal-code',
  'address',
  'passport',
  'driving-licence',
  'residence-card',
  'pension-number',
  'health-insurance',
  'bank-account',
  'name',
  'surname',
  'birth-date',
] as const
export type PiiKind = (typeof piiKinds)[number]

/** What a detector sees: the text folded, so that widths, hyphens and invisible characters hide nothing. */
export interface Found {
  readonly kind: PiiKind
  /** In UTF-16 units of the folded text. */
  readonly start: number
  readonly end: number
  /** The value in a form in which equal values are equal: never shown, never logged. */
  readonly value: string
}
export type Detector = (text: string) => Found[]

/** Detector of one pattern; `value` gives the comparable form of a match, or undefined when it is none. */
export function patternDetector(
  kind: PiiKind,
  pattern: RegExp,
  value: (match: RegExpExecArray) => string | undefined = ([text]) => text.toLowerCase(),
): Detector {
  return (text) =>
    Array.from(text.matchAll(pattern)).flatMap((match) => {
      const comparable = value(match)
      // a named group marks what is the datum, where the pattern also reads its surroundings
      const datum = match.groups?.['datum'] ?? match[0]
      const start = match.index + match[0].lastIndexOf(datum)
      return comparable === undefined ? [] : [{ kind, start, end: start + datum.length, value: comparable }]
    })
}

/** Detectors that can only find something where the text has this: most texts are done with after a few looks. */
export function where(needed: RegExp, ...detectors: readonly Detector[]): Detector {
  return (text) => (needed.test(text) ? detectors.flatMap((detector) => detector(text)) : [])
}

export const digitsOf = (text: string): string => text.replaceAll(/\D/gu, '')
