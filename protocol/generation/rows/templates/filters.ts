import type { CellValue } from '../../../../schemas/row-columns.ts'
import { jsonPath } from './json-path.ts'
import { equal, holds, kindOf, order, textOf } from './values.ts'

/** Why a filter cannot be applied; the place is added by who calls it. */
export class FilterFault extends Error {}

type Inputs = readonly (CellValue | undefined)[]

export interface Filter {
  readonly parameters: readonly string[]
  /** How many of the parameters must be given. */
  readonly required: number
  /** Throws FilterFault. */
  readonly apply: (value: CellValue, inputs: Inputs) => CellValue
}

function text(value: CellValue): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new FilterFault(`takes a text, not ${kindOf(value)}`)
}

function number(value: CellValue): number {
  if (typeof value === 'number') return value
  throw new FilterFault(`takes a number, not ${kindOf(value)}`)
}

function list(value: CellValue): CellValue[] {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return Array.from(value)
  throw new FilterFault(`takes a list or a text, not ${kindOf(value)}`)
}

function input(value: CellValue | undefined, standard: number): number {
  const given = value === undefined ? standard : number(value)
  if (!Number.isSafeInteger(given)) throw new FilterFault('takes whole numbers as parameters')
  return given
}

function end(items: readonly CellValue[], at: 0 | -1): CellValue {
  const item = items.at(at)
  if (item === undefined) throw new FilterFault('finds nothing in an empty list or text')
  return item
}

function extreme(items: readonly CellValue[], sign: 1 | -1): CellValue {
  return items.reduce((best, item) => (sign * compared(item, best) > 0 ? item : best), end(items, 0))
}

function compared(a: CellValue, b: CellValue): number {
  const difference = order(a, b)
  if (difference === undefined) throw new FilterFault('orders only texts or only numbers')
  return difference
}

/** A number from a number, or from a text that is one in full; `standard` when given, else a fault. */
function toNumber(value: CellValue, standard: CellValue | undefined): number {
  const parsed = typeof value === 'string' ? Number(value.trim() === '' ? Number.NaN : value) : Number(value)
  if (value !== null && typeof value !== 'object' && Number.isFinite(parsed)) return parsed
  if (standard === undefined) throw new FilterFault(`finds no number in ${kindOf(value)}`)
  return number(standard)
}

function length(value: CellValue): number {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value).length
  return list(value).length
}

function rounded(value: number, places: number, method: string): number {
  const apply = ROUNDINGS.get(method)
  if (apply === undefined) throw new FilterFault('rounds by "common", "ceil" or "floor"')
  if (places < 0 || places > 15) throw new FilterFault('rounds to 0 to 15 places')
  const scale = 10 ** places
  return apply(value * scale) / scale
}

const ROUNDINGS: ReadonlyMap<string, (value: number) => number> = new Map([
  ['common', (value) => Math.sign(value) * Math.round(Math.abs(value))],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
])

const capitalized = (value: string): string => {
  const [first = '', ...rest] = value
  return first.toUpperCase() + rest.join('').toLowerCase()
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }
const escaped = (value: CellValue): string => textOf(value).replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)

function trimmed(value: string, characters: CellValue | undefined): string {
  if (characters === undefined) return value.trim()
  const cut = new Set(text(characters))
  const items = Array.from(value)
  const first = items.findIndex((item) => !cut.has(item))
  const last = items.findLastIndex((item) => !cut.has(item))
  return first < 0 ? '' : items.slice(first, last + 1).join('')
}

function truncated(value: string, inputs: Inputs): string {
  const most = input(inputs[0], 255)
  const ending = inputs[2] === undefined ? '...' : text(inputs[2])
  const leeway = input(inputs[3], 5)
  const characters = Array.from(value)
  const room = most - Array.from(ending).length
  if (room < 0) throw new FilterFault('needs a length that its ending fits into')
  if (characters.length <= most + leeway) return value
  const cut = characters.slice(0, room).join('')
  const whole = holds(inputs[1] ?? false) ? cut : cut.replace(/\s\S*$/, '')
  return whole + ending
}

function replaced(value: string, inputs: Inputs): string {
  const [from = '', to = ''] = inputs.slice(0, 2).map((each) => text(each ?? ''))
  if (from === '') throw new FilterFault('needs a text that is replaced')
  if (inputs[2] === undefined) return value.split(from).join(to)
  const parts = value.split(from)
  const count = Math.min(Math.max(0, input(inputs[2], 0)), parts.length - 1)
  return (
    parts.slice(0, count + 1).join(to) +
    parts
      .slice(count + 1)
      .map((part) => from + part)
      .join('')
  )
}

function entries(value: CellValue): CellValue[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  throw new FilterFault(`takes a record, not ${kindOf(value)}`)
}

function unique(items: readonly CellValue[]): CellValue[] {
  const scalars = new Set<CellValue>()
  const kept: CellValue[] = []
  for (const item of items) {
    const seen = typeof item === 'object' ? kept.some((each) => equal(each, item)) : scalars.has(item)
    if (!seen) kept.push(item)
    if (!seen && typeof item !== 'object') scalars.add(item)
  }
  return kept
}

const plain = (apply: (value: CellValue) => CellValue): Filter => ({ parameters: [], required: 0, apply })

const reversed = (value: CellValue): CellValue =>
  typeof value === 'string' ? Array.from(value).toReversed().join('') : list(value).toReversed()

const sorted = (value: CellValue, descending: CellValue): CellValue =>
  list(value).toSorted((a, b) => (holds(descending) ? compared(b, a) : compared(a, b)))

/** The filters of Jinja that give the same result for the same record; none of them runs code. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['abs', plain((value) => Math.abs(number(value)))],
  ['capitalize', plain((value) => capitalized(text(value)))],
  ['escape', plain(escaped)],
  ['first', plain((value) => end(list(value), 0))],
  ['float', { parameters: ['default'], required: 0, apply: (value, [standard]) => toNumber(value, standard) }],
  ['forceescape', plain(escaped)],
  [
    'int',
    { parameters: ['default'], required: 0, apply: (value, [standard]) => Math.trunc(toNumber(value, standard)) },
  ],
  ['items', plain(entries)],
  ['jsonpath', { parameters: ['path'], required: 1, apply: (value, [path]) => selected(value, text(path ?? '')) }],
  ['last', plain((value) => end(list(value), -1))],
  ['length', plain(length)],
  ['list', plain((value) => (kindOf(value) === 'a record' ? Object.keys(value as object) : list(value)))],
  ['lower', plain((value) => text(value).toLowerCase())],
  ['max', plain((value) => extreme(list(value), 1))],
  ['min', plain((value) => extreme(list(value), -1))],
  [
    'replace',
    { parameters: ['old', 'new', 'count'], required: 2, apply: (value, inputs) => replaced(text(value), inputs) },
  ],
  ['reverse', plain(reversed)],
  [
    'round',
    {
      parameters: ['precision', 'method'],
      required: 0,
      apply: (value, [places, method]) => rounded(number(value), input(places, 0), text(method ?? 'common')),
    },
  ],
  [
    'sort',
    { parameters: ['reverse'], required: 0, apply: (value, [descending]) => sorted(value, descending ?? false) },
  ],
  ['string', plain(textOf)],
  [
    'title',
    plain((value) =>
      text(value)
        .toLowerCase()
        .replaceAll(/\p{L}+/gu, capitalized),
    ),
  ],
  ['trim', { parameters: ['chars'], required: 0, apply: (value, [characters]) => trimmed(text(value), characters) }],
  [
    'truncate',
    {
      parameters: ['length', 'killwords', 'end', 'leeway'],
      required: 0,
      apply: (value, inputs) => truncated(text(value), inputs),
    },
  ],
  ['unique', plain((value) => unique(list(value)))],
  ['upper', plain((value) => text(value).toUpperCase())],
  ['urlencode', plain((value) => encodeURIComponent(textOf(value)))],
])

function selected(value: CellValue, path: string): CellValue {
  const found = jsonPath(value, path)
  if (found === 'unreadable') throw new FilterFault('reads paths like $.items[0].name and $.items[*].name')
  if (found === 'nothing') throw new FilterFault('finds nothing at its path')
  return found.value
}
