import { type ColumnRole, type SeedColumn, SeedSchema, type Subject } from '../../schemas/seed-schema.ts'
import { dayNumber } from './cells.ts'

/** Distinct values after which a column of texts is free text and no longer categories. */
const MOST_CATEGORIES = 200
const LONGEST_CATEGORY = 200
const INTEGER = /^[+-]?\d{1,15}$/
const DECIMAL = /^[+-]?\d{1,12}\.\d{1,9}$/

/** What one column looked like, in memory that does not grow with the rows. */
interface ColumnSketch {
  values: number
  empty: number
  integers: number
  decimals: number
  dates: number
  truths: number
  zeros: number
  precision: number
  min: number
  max: number
  sum: number
  /** Smallest value above zero. */
  minAboveZero: number
  longest: number
  /** Undefined once there are too many. */
  categories: Set<string> | undefined
}

/** Looks at rows as they stream by and proposes a schema. */
export interface SchemaSketch {
  add(row: readonly (string | null)[]): void
  /** Rows seen. */
  readonly rows: number
  propose(facts: ProposalFacts): SeedSchema
}

export interface ProposalFacts {
  readonly subject: Subject
  /** `row` or a column of the header. */
  readonly unit: string
  readonly rowsPerUnit: number
}

/**
 * Sketch for a table with this header. Every domain of the proposal is marked `read-from-data`: bounds and categories were
 * taken from the private rows, so no DP claim may rest on them before a person says that they are public knowledge
 * (reference/privacy.md §2.5).
 */
export function createSchemaSketch(header: readonly string[]): SchemaSketch {
  const sketches = header.map(emptySketch)
  let rows = 0
  return {
    get rows() {
      return rows
    },
    add: (row) => {
      rows += 1
      for (const [at, sketch] of sketches.entries()) addValue(sketch, row[at] ?? null)
    },
    propose: ({ subject, unit, rowsPerUnit }) =>
      SeedSchema.parse({
        subject,
        unit,
        rowsPerUnit,
        columns: header.map((name, at) =>
          proposeColumn(name, { sketch: sketches[at] ?? emptySketch(), isUnit: name === unit }),
        ),
      }),
  }
}

function emptySketch(): ColumnSketch {
  return {
    values: 0,
    empty: 0,
    integers: 0,
    decimals: 0,
    dates: 0,
    truths: 0,
    zeros: 0,
    precision: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    sum: 0,
    minAboveZero: Number.POSITIVE_INFINITY,
    longest: 0,
    categories: new Set(),
  }
}

function addValue(sketch: ColumnSketch, cell: string | null): void {
  const text = cell?.trim() ?? ''
  if (text === '') {
    sketch.empty += 1
    return
  }
  sketch.values += 1
  sketch.longest = Math.max(sketch.longest, text.length)
  sketch.categories?.add(text)
  if ((sketch.categories?.size ?? 0) > MOST_CATEGORIES) sketch.categories = undefined
  if (/^(?:true|false)$/i.test(text)) sketch.truths += 1
  if (INTEGER.test(text)) {
    sketch.integers += 1
    addNumber(sketch, Number(text))
  } else if (DECIMAL.test(text)) {
    sketch.decimals += 1
    sketch.precision = Math.max(sketch.precision, text.length - text.indexOf('.') - 1)
    addNumber(sketch, Number(text))
  } else {
    const day = dayNumber(text)
    if (day === undefined) return
    sketch.dates += 1
    addNumber(sketch, day)
  }
}

function addNumber(sketch: ColumnSketch, value: number): void {
  if (value === 0) sketch.zeros += 1
  sketch.min = Math.min(sketch.min, value)
  sketch.max = Math.max(sketch.max, value)
  sketch.sum += value
  if (value > 0) sketch.minAboveZero = Math.min(sketch.minAboveZero, value)
}

const identifyingName =
  /(?:^|[^a-z])(?:id|uuid|guid|name|e-?mail|phone|address|ssn|passport|iban)(?:$|[^a-z])|氏名|住所|電話|番号/i
const quasiName =
  /(?:^|[^a-z])(?:age|sex|gender|birth|born|zip|postal|postcode|country|city|region|prefecture|race|ethnic|nationality|marital|occupation|education|relationship)|年齢|性別|生年|郵便|都道府県|市区|職業|国籍/i
const sensitiveName =
  /(?:^|[^a-z])(?:income|salary|wage|diagnos|disease|religio|politic|disab|drug|criminal|credit|debt|health|visits)|収入|年収|病|診断|宗教/i

function roleOf(name: string): ColumnRole {
  if (identifyingName.test(name)) return 'identifying'
  if (quasiName.test(name)) return 'quasi-identifier'
  return sensitiveName.test(name) ? 'sensitive' : 'other'
}

function proposeColumn(name: string, { sketch, isUnit }: { sketch: ColumnSketch; isUnit: boolean }): SeedColumn {
  const common = { name, role: isUnit ? ('identifying' as const) : roleOf(name), nullable: sketch.empty > 0 }
  if (isUnit) return { ...common, nullable: false, type: 'identifier' }
  if (sketch.values > 0 && sketch.truths === sketch.values) return { ...common, type: 'boolean' }
  if (sketch.values > 0 && sketch.integers === sketch.values) return integerColumn(common, sketch)
  if (sketch.values > 0 && sketch.integers + sketch.decimals === sketch.values) return decimalColumn(common, sketch)
  if (sketch.values > 0 && sketch.dates === sketch.values) {
    const day = (value: number) => new Date(value * 86_400_000).toISOString().slice(0, 10)
    const domain = { min: day(sketch.min), max: day(sketch.max), provenance: 'read-from-data' as const }
    return { ...common, type: 'date', domain }
  }
  return textColumn(common, sketch)
}

type Common = Pick<SeedColumn, 'name' | 'role' | 'nullable'>

function textColumn(common: Common, sketch: ColumnSketch): SeedColumn {
  const categories = sketch.categories === undefined ? [] : [...sketch.categories].toSorted()
  const allDifferent = sketch.values >= 20 && categories.length === sketch.values
  if (sketch.values === 0 || categories.length === 0 || sketch.longest > LONGEST_CATEGORY || allDifferent) {
    const type = common.role === 'identifying' ? 'identifier' : 'text'
    return { ...common, type }
  }
  return { ...common, type: 'categorical', domain: { categories, provenance: 'read-from-data' } }
}

/**
 * A range with a cell for zero and geometric cells where most values are zero or the tail is long, the shape that worked best
 * under noise (reference/privacy.md §2.5).
 */
function integerColumn(common: Common, sketch: ColumnSketch): SeedColumn {
  const provenance = 'read-from-data' as const
  const { min, max } = sketch
  if (max - min + 1 <= 100 || min < 0) return { ...common, type: 'integer', domain: { min, max, provenance } }
  const positive = sketch.values - sketch.zeros
  const longTail = positive > 0 && max > 20 * (sketch.sum / positive)
  const manyZeros = sketch.zeros * 2 > sketch.values && Number.isFinite(sketch.minAboveZero)
  if (!longTail && !manyZeros) return { ...common, type: 'integer', domain: { min, max, provenance } }
  const domain = {
    min: manyZeros ? sketch.minAboveZero : min,
    max,
    ...(manyZeros ? { specialValues: [0] } : {}),
    binning: { kind: 'geometric' as const, cells: 50 },
    provenance,
  }
  return { ...common, type: 'integer', domain }
}

function decimalColumn(common: Common, sketch: ColumnSketch): SeedColumn {
  const { min, max, precision } = sketch
  const domain = {
    min: min.toFixed(precision),
    max: max.toFixed(precision),
    precision,
    provenance: 'read-from-data' as const,
  }
  return { ...common, type: 'decimal', domain }
}
