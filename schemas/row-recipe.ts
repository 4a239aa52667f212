import * as z from 'zod'
import { Decimal } from './decimal.ts'
import { Slug } from './ids.ts'
import { CellValue, RowColumn } from './row-columns.ts'
import { Validator } from './validators.ts'

/** Name of a source, model or validator inside a recipe. */
const LocalName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a plain name like judge_model')

const walk = { order: z.enum(['ordered', 'shuffled']).default('ordered') }

/**
 * Where records come from. Without `cross` every source is walked once per candidate, from the start again at its end;
 * `shuffled`: in an order drawn from the run seed.
 */
export const RecordSource = z.union([
  /** The training side of a seed set of this node. */
  z.strictObject({ seedSet: Slug, ...walk }),
  /** A persona pack of this node. */
  z.strictObject({ personaPack: Slug, ...walk }),
  /** A copy pulled from a partner, by copy id; its policy is asked for the purpose, and its duties are inherited. */
  z.strictObject({ copy: z.uuid(), purpose: z.string().min(1).max(512).optional(), ...walk }),
])
export type RecordSource = z.infer<typeof RecordSource>

/**
 * Pairs two sources, left-major. `full`: every pair. `latin`: each left record meets `cap` right ones, rotating so that right
 * records are used evenly. `random-k-per-left`: `cap` right records per left one, drawn without repetition.
 * A left record with fewer than `minPerLeft` accepted rows is named in the report.
 */
export const Cross = z.strictObject({
  left: LocalName,
  right: LocalName,
  mode: z.enum(['full', 'latin', 'random-k-per-left']),
  cap: z.int().min(1).max(1_000_000).optional(),
  minPerLeft: z.int().min(1).max(1_000_000).optional(),
})
export type Cross = z.infer<typeof Cross>

/** A fixed number, or a distribution that is drawn from once per call; the draw is a function of run seed, column and row. */
const numberOrDistribution = (low: number, high: number) => {
  const bounded = z.number().min(low).max(high)
  return z.union([
    bounded,
    z.strictObject({ uniform: z.tuple([bounded, bounded]) }),
    z.strictObject({ choose: z.array(bounded).min(1).max(100), weights: z.array(z.number().min(0)).optional() }),
  ])
}

/** A model behind an endpoint of this node; all that decides its answers stands here and is always sent. */
export const RecipeModel = z.strictObject({
  /** Name of an endpoint in the node's own list; a recipe never holds an address or a key. */
  endpoint: Slug,
  /** Name of the model as the endpoint knows it. */
  model: z.string().min(1).max(200),
  temperature: numberOrDistribution(0, 2).default(0.7),
  topP: numberOrDistribution(0, 1).default(0.95),
  topK: z.int().min(1).max(1000).optional(),
  minP: z.number().min(0).max(1).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  maxTokens: z.int().min(1).max(131_072).default(512),
  stop: z.array(z.string().min(1).max(100)).max(4).optional(),
  /** Length of embedding vectors, when the model can shorten them. */
  dimensions: z.int().min(1).max(8192).optional(),
})
export type RecipeModel = z.infer<typeof RecipeModel>

export const Accept = z.strictObject({
  /** Expression; absent: every validation column is valid. A candidate with a failed cell is never accepted. */
  when: z.string().min(1).max(4000).optional(),
  /** Rows to make: exactly the first `target` accepted candidates in the order of their index. */
  target: z.int().min(1).max(5_000_000),
  /** Candidates tried at most. */
  maxCandidates: z.int().min(1).max(50_000_000),
  /** `fail`: no dataset from fewer rows. `keep`: a dataset of what was accepted. */
  onExhausted: z.enum(['fail', 'keep']).default('fail'),
})
export type Accept = z.infer<typeof Accept>

/** Hard limits of what a run may spend; the run stops before a call that could pass one and can be resumed with a higher limit. */
export const SpendingLimit = z.strictObject({
  tokens: z.int().min(1).optional(),
  /** In the currency of the endpoints' prices. */
  money: Decimal.optional(),
})
export type SpendingLimit = z.infer<typeof SpendingLimit>

const template = z.string().min(1).max(100_000)

/** Shape of a published row. `table`: the columns that are not dropped. */
export const RowOutput = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('table') }),
  z.strictObject({
    format: z.literal('messages'),
    messages: z
      .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: template }))
      .min(1)
      .max(100),
  }),
  z.strictObject({
    format: z.literal('alpaca'),
    instruction: template,
    input: template.optional(),
    output: template,
  }),
  z.strictObject({ format: z.literal('prompt-completion'), prompt: template, completion: template }),
  z.strictObject({ format: z.literal('preference'), prompt: template, chosen: template, rejected: template }),
])
export type RowOutput = z.infer<typeof RowOutput>

/** Rows that are kept apart although they passed: near-duplicates of an earlier accepted row. */
export const NearDuplicates = z.strictObject({
  /** Columns whose texts are compared, joined. */
  columns: z.array(z.string()).min(1).max(20),
  /** Jaccard similarity of character 5-grams from which a row is a duplicate. */
  threshold: z.number().min(0.5).max(1).default(0.8),
})
export type NearDuplicates = z.infer<typeof NearDuplicates>

/**
 * Declarative description of rows that are made cell by cell. Row `i` is a function of (recipe, sources, run seed, i) and of
 * what the models answer. Unknown members are errors.
 */
export const RowRecipe = z.strictObject({
  kind: z.literal('rows'),
  name: Slug,
  description: z.string().max(2000).optional(),
  /** BCP 47 tag of the texts that are made. */
  language: z.string().min(2).max(35).default('en'),
  sources: z.record(LocalName, RecordSource).default({}),
  cross: Cross.optional(),
  models: z.record(LocalName, RecipeModel).default({}),
  validators: z.record(LocalName, Validator).default({}),
  columns: z.array(RowColumn).min(1).max(200),
  accept: Accept,
  nearDuplicates: NearDuplicates.optional(),
  limit: SpendingLimit.optional(),
  outputs: z
    .strictObject({
      row: RowOutput.default({ format: 'table' }),
      rowsPerPart: z.int().min(1).max(5_000_000).optional(),
    })
    .default({ row: { format: 'table' } }),
})
export type RowRecipe = z.infer<typeof RowRecipe>
/** As a person writes it: defaults may be left out. */
export type RowRecipeInput = z.input<typeof RowRecipe>

/** One record of a source or row: values by column name. */
export const RowRecord = z.record(z.string(), CellValue)
export type RowRecord = z.infer<typeof RowRecord>
