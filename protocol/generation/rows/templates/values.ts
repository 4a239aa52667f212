import type { CellValue } from '../../../../schemas/row-columns.ts'

/** Members that no template reaches, whatever a record holds. */
const unreachable = new Set(['__proto__', 'constructor', 'prototype'])

export const isReachable = (name: string): boolean => !unreachable.has(name)

/** A value as a condition: null, false, 0, the empty text, list and record do not hold. */
export function holds(value: CellValue): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== null && value !== false && value !== 0 && value !== ''
}

/** A value as text: null is empty, lists and records are JSON. */
export function textOf(value: CellValue): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** In words, for messages. */
export function kindOf(value: CellValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return { string: 'a text', number: 'a number', boolean: 'true or false', object: 'a record' }[
    typeof value as 'string' | 'number' | 'boolean' | 'object'
  ]
}

/** Own member of a record, or item of a list (negative: from its end); undefined when there is none. */
export function memberOf(value: CellValue, key: CellValue): CellValue | undefined {
  if (Array.isArray(value)) return typeof key === 'number' ? value.at(key) : undefined
  if (typeof value !== 'object' || value === null || typeof key !== 'string') return undefined
  return isReachable(key) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Same kind and content. */
export function equal(a: CellValue, b: CellValue): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => equal(item, b[at] ?? null))
  if (Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name] ?? null, b[name] ?? null))
  )
}

/** Order of two numbers or two texts (by code points); undefined for all else, which has none. */
export function order(a: CellValue, b: CellValue): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== 'string' || typeof b !== 'string') return undefined
  if (a === b) return 0
  const left = Array.from(a)
  const right = Array.from(b)
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Item of a list, part of a text, or member of a record; undefined when the second is none of these. */
export function contains(item: CellValue, whole: CellValue): boolean | undefined {
  if (Array.isArray(whole)) return whole.some((each) => equal(each, item))
  if (typeof whole === 'string') return typeof item === 'string' ? whole.includes(item) : undefined
  if (typeof whole === 'object' && whole !== null)
    return typeof item === 'string' && isReachable(item) && Object.hasOwn(whole, item)
  return undefined
}
