import { textOf } from './templates/values.ts'

type Scalar = string | number | boolean | null
export type Conversion = 'integer' | 'number' | 'string' | 'boolean' | undefined

/**
 * A value as the kind that a column declares; null stays null. Numbers are read from decimal digits, integers are cut towards zero,
 * true and false from their words. Undefined when the value is none.
 */
export function convert(value: Scalar, to: Conversion): Scalar | undefined {
  if (to === undefined || value === null) return value
  if (to === 'string') return textOf(value)
  if (to === 'boolean') return booleanOf(value)
  if (typeof value === 'boolean') return undefined
  const number = typeof value === 'number' ? value : numberOf(value)
  if (number === undefined || !Number.isFinite(number)) return undefined
  const cut = to === 'integer' ? Math.trunc(number) : number
  // There is one zero in what is published.
  return cut === 0 ? 0 : cut
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined
}

function booleanOf(value: string | number | boolean): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  const word = value.trim().toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}
