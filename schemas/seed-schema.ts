import * as z from 'zod'
import { Decimal } from './decimal.ts'

/** Whose records these are; decides which gates a rulebook asks for. */
export const Subject = z.enum(['persons', 'organisation', 'public'])
export type Subject = z.infer<typeof Subject>

export const ColumnName = z.string().min(1).max(128)
export type ColumnName = z.infer<typeof ColumnName>

export const ColumnRole = z.enum(['identifying', 'quasi-identifier', 'sensitive', 'other'])
export type ColumnRole = z.infer<typeof ColumnRole>

/** `read-from-data`: the domain was proposed from the seeds and may not be used under a DP claim until confirmed. */
export const DomainProvenance = z.enum(['public', 'read-from-data'])
export type DomainProvenance = z.infer<typeof DomainProvenance>

/**
 * How a number or date range is cut into cells. `unit`: one cell per representable value; `uniform` and `geometric`:
 * that many cells; `edges`: lower edges of the second and later cells, ascending.
 * Absent: `unit` up to 100 representable values, else 100 uniform cells.
 */
export const Binning = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unit') }),
  z.strictObject({ kind: z.literal('uniform'), cells: z.int().min(1).max(1000) }),
  z.strictObject({ kind: z.literal('geometric'), cells: z.int().min(1).max(1000) }),
  z.strictObject({ kind: z.literal('edges'), edges: z.array(Decimal).min(1).max(999) }),
])
export type Binning = z.infer<typeof Binning>

const common = {
  name: ColumnName,
  title: z.string().max(200).optional(),
  description: z.string().max(2000).optional(),
  role: ColumnRole.default('other'),
  nullable: z.boolean().default(false),
}
const provenance = DomainProvenance.default('public')

export const CategoricalColumn = z.strictObject({
  ...common,
  type: z.literal('categorical'),
  domain: z.strictObject({
    categories: z.array(z.string().max(500)).min(1).max(1000),
    /** Category that stands for every value outside the list; absent: such values are refused. */
    other: z.string().max(500).optional(),
    /** The order of the list is meaningful, so that neighbouring categories may be smoothed together. */
    ordered: z.boolean().optional(),
    provenance,
  }),
})
export type CategoricalColumn = z.infer<typeof CategoricalColumn>

export const BooleanColumn = z.strictObject({ ...common, type: z.literal('boolean') })
export type BooleanColumn = z.infer<typeof BooleanColumn>

export const IntegerColumn = z.strictObject({
  ...common,
  type: z.literal('integer'),
  domain: z.strictObject({
    min: z.int(),
    max: z.int(),
    /** Values with a cell of their own, inside or outside the bounds (0, 99999 …). */
    specialValues: z.array(z.int()).max(100).optional(),
    binning: Binning.optional(),
    provenance,
  }),
})
export type IntegerColumn = z.infer<typeof IntegerColumn>

export const DecimalColumn = z.strictObject({
  ...common,
  type: z.literal('decimal'),
  domain: z.strictObject({
    min: Decimal,
    max: Decimal,
    /** Digits after the decimal point; values are rounded to it when they are read. */
    precision: z.int().min(0).max(9),
    specialValues: z.array(Decimal).max(100).optional(),
    binning: Binning.optional(),
    provenance,
  }),
})
export type DecimalColumn = z.infer<typeof DecimalColumn>

export const IsoDate = z.iso.date()

export const DateColumn = z.strictObject({
  ...common,
  type: z.literal('date'),
  domain: z.strictObject({
    min: IsoDate,
    max: IsoDate,
    specialValues: z.array(IsoDate).max(100).optional(),
    /** Edges of a date column are counted in days since 1970-01-01. */
    binning: Binning.optional(),
    provenance,
  }),
})
export type DateColumn = z.infer<typeof DateColumn>

/** Never modelled and never published; an identifier may name the privacy unit. */
export const UnmodelledColumn = z.strictObject({
  ...common,
  type: z.enum(['identifier', 'text']),
  /** Texts that everyone can read anyway (statutes, forms): quoting them copies nobody. */
  public: z.boolean().optional(),
})
export type UnmodelledColumn = z.infer<typeof UnmodelledColumn>

export const SeedColumn = z.discriminatedUnion('type', [
  CategoricalColumn,
  BooleanColumn,
  IntegerColumn,
  DecimalColumn,
  DateColumn,
  UnmodelledColumn,
])
export type SeedColumn = z.infer<typeof SeedColumn>
/** Column that can be generated and evaluated. */
export type ModelledColumn = Exclude<SeedColumn, UnmodelledColumn>

/** Constant in a constraint, read by the column's type; null is the empty value. */
export const Literal = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Literal = z.infer<typeof Literal>

export const Comparison = z.enum(['<', '<=', '=', '!=', '>=', '>'])
export type Comparison = z.infer<typeof Comparison>

/** Comparisons with an empty value are true: only `in` speaks about empty values. */
export const Condition = z.union([
  z.strictObject({ column: ColumnName, in: z.array(Literal).min(1).max(1000) }),
  z.strictObject({ column: ColumnName, op: Comparison, value: Literal }),
  z.strictObject({ column: ColumnName, op: Comparison, other: ColumnName }),
])
export type Condition = z.infer<typeof Condition>

/** Declared rule that every published row keeps: `must` alone, or only where `when` holds. */
export const Constraint = z.strictObject({
  name: z.string().min(1).max(128),
  when: Condition.optional(),
  must: Condition,
})
export type Constraint = z.infer<typeof Constraint>

const shape = z.strictObject({
  subject: Subject,
  /** `row`, or the name of the column whose value identifies the privacy unit. */
  unit: z.union([z.literal('row'), ColumnName]).default('row'),
  /** At most this many rows of one unit are ever read; sensitivity is scaled by it. */
  rowsPerUnit: z.int().min(1).max(10_000).default(1),
  columns: z.array(SeedColumn).min(1).max(500),
  constraints: z.array(Constraint).max(200).default([]),
  /** Column that utility is measured on unless a recipe names another. */
  target: ColumnName.optional(),
})

/** What the seeds of a seed set look like, and what about them is public. */
export const SeedSchema = shape.superRefine((schema, context) => {
  for (const problem of seedSchemaProblems(schema)) {
    context.addIssue({ code: 'custom', path: problem.path, message: problem.message })
  }
})
export type SeedSchema = z.infer<typeof shape>

interface SchemaProblem {
  readonly path: (string | number)[]
  readonly message: string
}

function seedSchemaProblems(schema: SeedSchema): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  const names = new Set<string>()
  for (const [index, column] of schema.columns.entries()) {
    if (names.has(column.name)) problems.push({ path: ['columns', index, 'name'], message: 'column is declared twice' })
    names.add(column.name)
    problems.push(
      ...columnProblems(column).map((problem) => ({
        path: ['columns', index, ...problem.path],
        message: problem.message,
      })),
    )
  }
  if (schema.unit === 'row' && schema.rowsPerUnit !== 1) {
    problems.push({ path: ['rowsPerUnit'], message: 'is 1 when the unit is a row' })
  }
  if (schema.unit === 'row' && names.has('row')) {
    problems.push({ path: ['unit'], message: 'a column is called "row"; rename it so that the unit is unambiguous' })
  }
  if (schema.unit !== 'row' && !names.has(schema.unit)) {
    problems.push({ path: ['unit'], message: 'names no declared column' })
  }
  const target = schema.columns.find((column) => column.name === schema.target)
  if (schema.target !== undefined && (target === undefined || target.type === 'identifier' || target.type === 'text')) {
    problems.push({ path: ['target'], message: 'names no column that can be generated' })
  }
  for (const [index, constraint] of schema.constraints.entries()) {
    for (const name of constraintColumns(constraint)) {
      const column = schema.columns.find((each) => each.name === name)
      if (column === undefined || column.type === 'identifier' || column.type === 'text') {
        problems.push({ path: ['constraints', index], message: `"${name}" is no column that can be generated` })
      }
    }
  }
  return problems
}

/** Columns that a constraint reads. */
export function constraintColumns(constraint: Constraint): string[] {
  const conditions = constraint.when === undefined ? [constraint.must] : [constraint.when, constraint.must]
  return conditions.flatMap((condition) =>
    'other' in condition ? [condition.column, condition.other] : [condition.column],
  )
}

function columnProblems(column: SeedColumn): SchemaProblem[] {
  if (column.type === 'categorical') return categoryProblems(column)
  if (column.type === 'integer' || column.type === 'decimal' || column.type === 'date') return rangeProblems(column)
  return []
}

function categoryProblems(column: CategoricalColumn): SchemaProblem[] {
  const { categories, other } = column.domain
  const problems: SchemaProblem[] = []
  if (new Set(categories).size !== categories.length) {
    problems.push({ path: ['domain', 'categories'], message: 'a category is listed twice' })
  }
  if (other !== undefined && !categories.includes(other)) {
    problems.push({ path: ['domain', 'other'], message: 'is not among the categories' })
  }
  return problems
}

function rangeProblems(column: IntegerColumn | DecimalColumn | DateColumn): SchemaProblem[] {
  const value = (literal: string | number): number =>
    column.type === 'date' ? Date.parse(String(literal)) : Number(literal)
  const problems: SchemaProblem[] = []
  if (value(column.domain.min) > value(column.domain.max)) {
    problems.push({ path: ['domain', 'max'], message: 'is below min' })
  }
  const binning = column.domain.binning
  const perUnit = column.type === 'date' ? 86_400_000 : column.type === 'decimal' ? 10 ** -column.domain.precision : 1
  if (binning?.kind === 'unit' && (value(column.domain.max) - value(column.domain.min)) / perUnit >= 1000) {
    problems.push({ path: ['domain', 'binning'], message: 'has more than 1000 cells; choose fewer' })
  }
  if (binning?.kind === 'edges') {
    const edges = binning.edges.map(Number)
    if (edges.some((edge, at) => at > 0 && edge <= (edges[at - 1] ?? Number.NEGATIVE_INFINITY))) {
      problems.push({ path: ['domain', 'binning', 'edges'], message: 'must ascend' })
    }
  }
  return problems
}
