import type { CellValue } from '../../../schemas/row-columns.ts'
import { equal } from './templates/values.ts'

export type Schema = Readonly<Record<string, unknown>>

/** A schema that cannot be used, and the place in it. */
export class SchemaFault extends Error {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.name = 'SchemaFault'
    this.path = path
  }
}

/** Where a check is in a value, and what it has found so far. */
export interface Place {
  readonly path: readonly string[]
  readonly found: { readonly path: string; readonly reason: string }[]
  readonly depth: number
}

/** Adds to `found` what is wrong with a value. */
export type Check = (value: CellValue, place: Place) => void

interface Reading {
  readonly schema: Schema
  readonly at: string
  /** Reads a part of the schema. */
  readonly read: (schema: unknown, at: string) => Check
}

type Assertion = (keyword: unknown, reading: Reading) => Check

export const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
])

const isObject = (value: CellValue): value is { [key: string]: CellValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const says = (place: Place, reason: string): void => {
  place.found.push({ path: place.path.join('.'), reason })
}

const into = (place: Place, step: string | number): Place => ({ ...place, path: [...place.path, String(step)] })

function passes(check: Check, value: CellValue, place: Place): boolean {
  const found: Place['found'] = []
  check(value, { ...place, found })
  return found.length === 0
}

const KINDS: Readonly<Record<string, (value: CellValue) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  array: Array.isArray,
  object: isObject,
}

const type: Assertion = (keyword, { at }) => {
  const names = Array.isArray(keyword) ? (keyword as unknown[]) : [keyword]
  const tests = names.map((name) => {
    if (typeof name !== 'string' || !Object.hasOwn(KINDS, name))
      throw new SchemaFault(at, `must be one of ${Object.keys(KINDS).join(', ')}`)
    return KINDS[name]
  })
  return (value, place) => {
    if (!tests.some((test) => test?.(value) === true)) says(place, `must be ${names.join(' or ')}`)
  }
}

/** Keyword that compares a measure of values of one kind with a number. */
const bound =
  (
    measure: (value: CellValue) => number | undefined,
    keeps: (measured: number, limit: number) => boolean,
    words: string,
  ): Assertion =>
  (keyword, { at }) => {
    if (typeof keyword !== 'number' || !Number.isFinite(keyword)) throw new SchemaFault(at, 'must be a number')
    return (value, place) => {
      const measured = measure(value)
      if (measured !== undefined && !keeps(measured, keyword)) says(place, words.replace('#', String(keyword)))
    }
  }

const asNumber = (value: CellValue): number | undefined => (typeof value === 'number' ? value : undefined)
const inCharacters = (value: CellValue): number | undefined =>
  typeof value === 'string' ? Array.from(value).length : undefined
const inItems = (value: CellValue): number | undefined => (Array.isArray(value) ? value.length : undefined)
const inMembers = (value: CellValue): number | undefined => (isObject(value) ? Object.keys(value).length : undefined)
const atLeast = (measured: number, limit: number): boolean => measured >= limit
const atMost = (measured: number, limit: number): boolean => measured <= limit

const isMultiple = (value: number, divisor: number): boolean => {
  const quotient = value / divisor
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient))
}

const pattern: Assertion = (keyword, { at }) => {
  let expression: RegExp
  try {
    expression = new RegExp(String(keyword), 'u')
  } catch {
    throw new SchemaFault(at, 'must be a regular expression')
  }
  return (value, place) => {
    if (typeof value === 'string' && !expression.test(value)) says(place, 'must have the form that its pattern says')
  }
}

const choices: Assertion = (keyword, { at }) => {
  if (!Array.isArray(keyword) || keyword.length === 0) throw new SchemaFault(at, 'must be a list of values')
  const values = keyword as CellValue[]
  return (value, place) => {
    if (!values.some((each) => equal(each, value))) says(place, `must be one of ${JSON.stringify(values)}`)
  }
}

const uniqueItems: Assertion = (keyword) => (value, place) => {
  if (keyword !== true || !Array.isArray(value)) return
  if (value.some((item, at) => value.slice(0, at).some((other) => equal(item, other))))
    says(place, 'must not hold an item twice')
}

const required: Assertion = (keyword, { at }) => {
  const names: unknown[] = Array.isArray(keyword) ? keyword : [undefined]
  if (!names.every((name) => typeof name === 'string')) throw new SchemaFault(at, 'must be a list of names')
  return (value, place) => {
    if (!isObject(value)) return
    for (const name of names) if (!Object.hasOwn(value, name)) says(into(place, name), 'is missing')
  }
}

const properties: Assertion = (keyword, { at, read }) => {
  if (typeof keyword !== 'object' || keyword === null) throw new SchemaFault(at, 'must name properties')
  const checks = Object.entries(keyword).map(([name, part]) => [name, read(part, `${at}.${name}`)] as const)
  return (value, place) => {
    if (!isObject(value)) return
    for (const [name, check] of checks) if (Object.hasOwn(value, name)) check(value[name] ?? null, into(place, name))
  }
}

const additionalProperties: Assertion = (keyword, { schema, at, read }) => {
  const listed = new Set(Object.keys(schema['properties'] ?? {}))
  const check = read(keyword, at)
  return (value, place) => {
    if (!isObject(value)) return
    for (const [name, member] of Object.entries(value))
      if (!listed.has(name) && !passes(check, member, place)) says(place, 'has a member that the schema does not allow')
  }
}

const propertyNames: Assertion = (keyword, { at, read }) => {
  const check = read(keyword, at)
  return (value, place) => {
    if (isObject(value) && !Object.keys(value).every((name) => passes(check, name, place)))
      says(place, 'has a member with a name that is not allowed')
  }
}

const prefixItems: Assertion = (keyword, { at, read }) => {
  const checks = many(keyword, { at, read })
  return (value, place) => {
    if (Array.isArray(value))
      for (const [index, check] of checks.entries())
        if (index < value.length) check(value[index] ?? null, into(place, index))
  }
}

const items: Assertion = (keyword, { schema, at, read }) => {
  const check = read(keyword, at)
  const from = Array.isArray(schema['prefixItems']) ? schema['prefixItems'].length : 0
  return (value, place) => {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) if (index >= from) check(item, into(place, index))
  }
}

function many(keyword: unknown, { at, read }: Pick<Reading, 'at' | 'read'>): Check[] {
  if (!Array.isArray(keyword) || keyword.length === 0) throw new SchemaFault(at, 'must be a list of schemas')
  return keyword.map((part, index) => read(part, `${at}.${index}`))
}

const combined =
  (keeps: (kept: number) => boolean, words: string): Assertion =>
  (keyword, reading) => {
    const checks = many(keyword, reading)
    return (value, place) => {
      if (!keeps(checks.filter((check) => passes(check, value, place)).length)) says(place, words)
    }
  }

const allOf: Assertion = (keyword, reading) => {
  const checks = many(keyword, reading)
  return (value, place) => {
    for (const check of checks) check(value, place)
  }
}

const not: Assertion = (keyword, { at, read }) => {
  const check = read(keyword, at)
  return (value, place) => {
    if (passes(check, value, place)) says(place, 'has a form that is not allowed')
  }
}

/** The keywords that are checked. */
export const assertions: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ['type', type],
  ['const', (keyword, reading) => choices([keyword], reading)],
  ['enum', choices],
  ['minimum', bound(asNumber, atLeast, 'must be at least #')],
  ['maximum', bound(asNumber, atMost, 'must be at most #')],
  ['exclusiveMinimum', bound(asNumber, (value, limit) => value > limit, 'must be more than #')],
  ['exclusiveMaximum', bound(asNumber, (value, limit) => value < limit, 'must be less than #')],
  ['multipleOf', bound(asNumber, isMultiple, 'must be a multiple of #')],
  ['minLength', bound(inCharacters, atLeast, 'must have at least # characters')],
  ['maxLength', bound(inCharacters, atMost, 'must have at most # characters')],
  ['pattern', pattern],
  ['minItems', bound(inItems, atLeast, 'must have at least # items')],
  ['maxItems', bound(inItems, atMost, 'must have at most # items')],
  ['uniqueItems', uniqueItems],
  ['minProperties', bound(inMembers, atLeast, 'must have at least # members')],
  ['maxProperties', bound(inMembers, atMost, 'must have at most # members')],
  ['required', required],
  ['properties', properties],
  ['additionalProperties', additionalProperties],
  ['propertyNames', propertyNames],
  ['prefixItems', prefixItems],
  ['items', items],
  ['anyOf', combined((kept) => kept > 0, 'keeps none of the forms that are allowed')],
  ['oneOf', combined((kept) => kept === 1, 'must keep exactly one of the forms that are allowed')],
  ['allOf', allOf],
  ['not', not],
])
