import * as z from 'zod'

/** Value of a cell: JSON. */
export type CellValue = string | number | boolean | null | CellValue[] | { [key: string]: CellValue }
export const CellValue: z.ZodType<CellValue> = z.json()

/** Name of a column of a row recipe: usable in templates. */
export const RowColumnName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a plain name like question_text')
export type RowColumnName = z.infer<typeof RowColumnName>

const template = z.string().min(1).max(100_000)
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const weights = z.array(z.number().min(0)).min(1).max(10_000).optional()
const places = z.int().min(0).max(9).optional()
const moment = z.union([z.iso.date(), z.iso.datetime()])

/** Distributions. Each draw is a function of (run seed, column, row). */
export const Sampler = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('category'), values: z.array(scalar).min(1).max(10_000), weights }),
  /** Uniform among the values listed under the parent column's value. */
  z.strictObject({
    kind: z.literal('subcategory'),
    parent: RowColumnName,
    values: z.record(z.string(), z.array(scalar).min(1)),
  }),
  z.strictObject({ kind: z.literal('uniform'), low: z.number(), high: z.number(), decimalPlaces: places }),
  /** Uniform integer between both bounds, included. */
  z.strictObject({ kind: z.literal('integer'), low: z.int(), high: z.int() }),
  z.strictObject({
    kind: z.literal('gaussian'),
    mean: z.number(),
    stddev: z.number().positive(),
    decimalPlaces: places,
  }),
  z.strictObject({
    kind: z.literal('truncated-gaussian'),
    mean: z.number(),
    stddev: z.number().positive(),
    low: z.number(),
    high: z.number(),
    decimalPlaces: places,
  }),
  z.strictObject({ kind: z.literal('lognormal'), mu: z.number(), sigma: z.number().positive(), decimalPlaces: places }),
  z.strictObject({ kind: z.literal('exponential'), rate: z.number().positive(), decimalPlaces: places }),
  z.strictObject({
    kind: z.literal('gamma'),
    shape: z.number().positive(),
    scale: z.number().positive(),
    decimalPlaces: places,
  }),
  z.strictObject({
    kind: z.literal('beta'),
    alpha: z.number().positive(),
    beta: z.number().positive(),
    decimalPlaces: places,
  }),
  z.strictObject({ kind: z.literal('zipf'), exponent: z.number().positive(), size: z.int().min(1).max(1_000_000) }),
  z.strictObject({ kind: z.literal('bernoulli'), p: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('binomial'), n: z.int().min(0).max(100_000), p: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('poisson'), mean: z.number().positive().max(1_000_000) }),
  /** Start included, end excluded. */
  z.strictObject({
    kind: z.literal('datetime'),
    start: moment,
    end: moment,
    unit: z.enum(['year', 'month', 'day', 'hour', 'minute', 'second']).default('day'),
  }),
  /** A moment after the one in `reference`; minimum included, maximum excluded. */
  z.strictObject({
    kind: z.literal('timedelta'),
    reference: RowColumnName,
    min: z.int().min(0),
    max: z.int().min(1),
    unit: z.enum(['day', 'hour', 'minute', 'second']).default('day'),
  }),
  z.strictObject({ kind: z.literal('uuid'), prefix: z.string().max(64).optional() }),
])
export type Sampler = z.infer<typeof Sampler>

const common = {
  name: RowColumnName,
  description: z.string().max(2000).optional(),
  /** Made and usable, but not published. */
  drop: z.boolean().default(false),
}

/** When the expression holds, the cell is `value` and nothing is called. */
export const Skip = z.strictObject({ when: z.string().min(1).max(4000), value: scalar.default(null) })
export type Skip = z.infer<typeof Skip>

const skippable = {
  ...common,
  skip: Skip.optional(),
  /** Skipped too when a column that it needs was skipped. */
  propagateSkip: z.boolean().default(true),
}

const asked = {
  ...skippable,
  model: z.string(),
  system: template.optional(),
  prompt: template,
}

export const SamplerColumn = z.strictObject({
  ...common,
  type: z.literal('sampler'),
  sampler: Sampler,
  /** The first whose expression over earlier sampler columns holds is used instead. */
  conditional: z
    .array(z.strictObject({ when: z.string().min(1).max(4000), sampler: Sampler }))
    .max(100)
    .optional(),
  convertTo: z.enum(['integer', 'number', 'string']).optional(),
})
export const SeedSourceColumn = z.strictObject({
  ...common,
  type: z.literal('seed'),
  source: z.string(),
  /** Absent: the whole record. */
  column: z.string().min(1).max(128).optional(),
})
export const PersonaColumn = z.strictObject({
  ...common,
  type: z.literal('persona'),
  source: z.string(),
  /** Absent: the whole record. */
  field: z.string().min(1).max(128).optional(),
})
export const LlmTextColumn = z.strictObject({ ...asked, type: z.literal('llm-text') })
export const LlmStructuredColumn = z.strictObject({
  ...asked,
  type: z.literal('llm-structured'),
  /** JSON Schema (draft 2020-12, without references to the outside). */
  schema: z.record(z.string(), z.json()),
})
export const Score = z.strictObject({
  name: RowColumnName,
  description: z.string().min(1).max(4000),
  options: z
    .array(z.strictObject({ score: z.union([z.int(), z.string().min(1).max(64)]), means: z.string().max(2000) }))
    .min(2)
    .max(20),
})
export type Score = z.infer<typeof Score>
/** Value: for each score its reasoning, then the score. */
export const LlmJudgeColumn = z.strictObject({
  ...asked,
  type: z.literal('llm-judge'),
  scores: z.array(Score).min(1).max(20),
})
export const ExpressionColumn = z.strictObject({
  ...skippable,
  type: z.literal('expression'),
  /** Template; its text is converted to `dtype`. */
  expr: template,
  dtype: z.enum(['string', 'integer', 'number', 'boolean']).default('string'),
})
/** Value: `{valid, failed: [validator names]}` plus one entry per validator with what it measured. */
export const ValidationColumn = z.strictObject({
  ...skippable,
  type: z.literal('validation'),
  targets: z.array(RowColumnName).min(1).max(20),
  validators: z.array(z.string()).min(1).max(50),
})
export const EmbeddingColumn = z.strictObject({
  ...skippable,
  type: z.literal('embedding'),
  target: RowColumnName,
  /** Absent: hashed character 4-grams, which need no model and are recorded as such. */
  model: z.string().optional(),
})

export const RowColumn = z.discriminatedUnion('type', [
  SamplerColumn,
  SeedSourceColumn,
  PersonaColumn,
  LlmTextColumn,
  LlmStructuredColumn,
  LlmJudgeColumn,
  ExpressionColumn,
  ValidationColumn,
  EmbeddingColumn,
])
export type RowColumn = z.infer<typeof RowColumn>
/** A column whose cells are answers of a chat model. */
export type AskedColumn = Extract<RowColumn, { type: 'llm-text' | 'llm-structured' | 'llm-judge' }>
