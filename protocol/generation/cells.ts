import type { ModelledColumn, SeedColumn } from '../../schemas/seed-schema.ts'

/** Why a text is no value of its column; never holds the text. */
export type CellProblem =
  | 'is empty'
  | 'is no declared category'
  | 'is neither true nor false'
  | 'is no whole number'
  | 'is no number'
  | 'is no date (YYYY-MM-DD)'
  | 'is outside the declared domain'

const dayMilliseconds = 86_400_000
const truths = new Map([
  ['true', 1],
  ['1', 1],
  ['false', 0],
  ['0', 0],
])
const categoryIndexes = new WeakMap<readonly string[], Map<string, number>>()

/** Index of each category in its list. */
function categoryIndex(categories: readonly string[]): Map<string, number> {
  const known = categoryIndexes.get(categories)
  if (known !== undefined) return known
  const index = new Map(categories.map((category, at) => [category, at]))
  categoryIndexes.set(categories, index)
  return index
}

export function isModelled(column: SeedColumn): column is ModelledColumn {
  return column.type !== 'identifier' && column.type !== 'text'
}

/** Days since 1970-01-01 of an ISO date, or undefined when there is no such day. */
export function dayNumber(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return undefined
  return time / dayMilliseconds
}

/** A number literal in the column's whole units (decimal: × 10^precision; date: days; a number is taken as it is). */
export function toUnits(column: ModelledColumn, literal: string | number): number | undefined {
  const text = String(literal).trim()
  if (column.type === 'date') {
    return dayNumber(text) ?? (/^-?\d{1,7}$/.test(text) ? Number(text) : undefined)
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?$/.test(text)) return undefined
  const value = Number(text)
  if (column.type !== 'decimal') return Number.isSafeInteger(value) ? value : undefined
  const scaled = Math.round(Number(`${value}e${column.domain.precision}`))
  return Number.isSafeInteger(scaled) ? scaled + 0 : undefined
}

/** Bounds and special values of a number or date column in whole units. */
export interface UnitRange {
  readonly min: number
  readonly max: number
  readonly specials: readonly number[]
}

/** @throws RangeError when a bound of the schema cannot be read, which SeedSchema has excluded */
export function unitRange(column: Extract<ModelledColumn, { domain: { min: unknown } }>): UnitRange {
  const units = (literal: string | number): number => {
    const value = toUnits(column, literal)
    if (value === undefined) throw new RangeError(`a bound of column "${column.name}" is not readable`)
    return value
  }
  const { min, max, specialValues } = column.domain
  return { min: units(min), max: units(max), specials: [...new Set((specialValues ?? []).map(units))] }
}

const domainTests = new WeakMap<ModelledColumn, (value: number) => boolean>()

function buildDomainTest(column: ModelledColumn): (value: number) => boolean {
  if (column.type === 'categorical' || column.type === 'boolean') {
    const count = column.type === 'boolean' ? 2 : column.domain.categories.length
    return (value) => value >= 0 && value < count
  }
  const { min, max, specials } = unitRange(column)
  const special = new Set(specials)
  return (value) => (value >= min && value <= max) || special.has(value)
}

/** True when the number is a value that the column's declared domain holds. */
export function inDomain(column: ModelledColumn, value: number): boolean {
  if (Number.isNaN(value)) return column.nullable
  if (!Number.isInteger(value)) return false
  const known = domainTests.get(column)
  if (known !== undefined) return known(value)
  const test = buildDomainTest(column)
  domainTests.set(column, test)
  return test(value)
}

/**
 * Reads one cell of a seed file as the number that Table uses (NaN for an empty nullable cell), or says why it is none.
 * Surrounding space is not part of a value.
 */
export function readCell(column: ModelledColumn, text: string): number | CellProblem {
  const trimmed = text.trim()
  if (column.type === 'categorical') {
    const index = categoryIndex(column.domain.categories)
    const exact = index.get(trimmed)
    if (exact !== undefined) return exact
    if (trimmed === '') return column.nullable ? Number.NaN : 'is empty'
    const other = column.domain.other === undefined ? undefined : index.get(column.domain.other)
    return other ?? 'is no declared category'
  }
  if (trimmed === '') return column.nullable ? Number.NaN : 'is empty'
  if (column.type === 'boolean') return truths.get(trimmed.toLowerCase()) ?? 'is neither true nor false'
  const value = column.type === 'date' ? dayNumber(trimmed) : toUnits(column, trimmed)
  if (value === undefined) {
    if (column.type === 'date') return 'is no date (YYYY-MM-DD)'
    return column.type === 'integer' ? 'is no whole number' : 'is no number'
  }
  return inDomain(column, value) ? value : 'is outside the declared domain'
}

/** The value as a file writes it: category, boolean, number, ISO date; null for an empty cell. */
export function writeCell(column: ModelledColumn, value: number): string | number | boolean | null {
  if (Number.isNaN(value)) return null
  if (column.type === 'categorical') return column.domain.categories[value] ?? null
  if (column.type === 'boolean') return value === 1
  if (column.type === 'integer') return value
  if (column.type === 'decimal') return Number(`${value}e-${column.domain.precision}`)
  return new Date(value * dayMilliseconds).toISOString().slice(0, 10)
}
