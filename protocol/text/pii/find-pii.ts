import { hyphens, invisible } from '../normalise.ts'
import { addresses } from './addresses.ts'
import { checkedNumbers } from './checked-numbers.ts'
import { addressesOfNets, contacts } from './contacts.ts'
import { documents } from './documents.ts'
import { persons } from './persons.ts'
import { type Detector, type Found, type PiiKind, where } from './pii-types.ts'

/** Where personal data stand in a text: never what they are. */
export interface PiiMatch {
  readonly kind: PiiKind
  /** In UTF-16 units of the text, end excluded. */
  readonly start: number
  readonly end: number
}

/** In the order in which they win where matches overlap. */
const detectors: readonly Detector[] = [
  ...addressesOfNets,
  where(/\d{6}|\d{4}[- ]/u, ...documents),
  ...checkedNumbers,
  ...contacts,
  ...addresses,
  ...persons,
]

/** Kinds with a check digit that a person is identified by: one valid number is one too many. */
export const checkedKinds: ReadonlySet<PiiKind> = new Set(['my-number', 'card', 'iban'])

/** Kinds whose value points at one person or dwelling; the others occur by chance (a surname, a postal code, a public URL). */
export const directKinds: ReadonlySet<PiiKind> = new Set([
  'my-number',
  'card',
  'iban',
  'phone',
  'email',
  'address',
  'passport',
  'driving-licence',
  'residence-card',
  'pension-number',
  'health-insurance',
  'bank-account',
  'name',
])

const ascii = /^[\n\r\t\u0020-\u007E]*$/u

/** The text in NFKC with one hyphen and no invisible characters. */
function fold(text: string): string {
  return ascii.test(text) ? text : text.replace(invisible, '').normalize('NFKC').replace(hyphens, '-')
}

/** The same character by character, and for each unit of it where it comes from. */
function foldWithPlaces(text: string): { readonly folded: string; readonly places: number[] } {
  const pieces: string[] = []
  const places: number[] = []
  let at = 0
  for (const character of text) {
    const piece = fold(character)
    pieces.push(piece)
    for (let unit = 0; unit < piece.length; unit += 1) places.push(at)
    at += character.length
  }
  places.push(at)
  return { folded: pieces.join(''), places }
}

function detect(folded: string): Found[] {
  const kept: Found[] = []
  for (const detector of detectors) {
    for (const found of detector(folded)) {
      if (kept.every(({ start, end }) => found.end <= start || found.start >= end)) kept.push(found)
    }
  }
  return kept.toSorted((a, b) => a.start - b.start)
}

/**
 * Personal data in a text by pattern, check digit and context, the Japanese identifiers included. A check digit proves a form, not a
 * person; names are found by a list of frequent surnames. In the order of the text, without overlaps.
 */
export function findPii(text: string): PiiMatch[] {
  const { folded, places } = foldWithPlaces(text)
  return detect(folded).map(({ kind, start, end }) => ({
    kind,
    start: places[start] ?? 0,
    end: places[end] ?? text.length,
  }))
}

/** The same as comparable values, for finding the same datum in two texts. Private: for comparison in memory only. */
export function piiValues(text: string): { readonly kind: PiiKind; readonly value: string }[] {
  return detect(fold(text)).map(({ kind, value }) => ({ kind, value }))
}
