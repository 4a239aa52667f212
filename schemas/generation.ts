import * as z from 'zod'
import { Decimal, Rational } from './decimal.ts'
import { Instant, Sha256, Slug } from './ids.ts'
import { ColumnName } from './seed-schema.ts'

const Epsilon = Decimal.refine((text) => Number(text) > 0 && Number(text) <= 100, 'must be above 0 and at most 100')
const Delta = Decimal.refine((text) => Number(text) >= 1e-30 && Number(text) < 0.1, 'must be between 1e-30 and 0.1')

/** Relative integer shares of a run's budget: one-way counts, choice of the edges, two-way counts. */
export const BudgetShares = z.strictObject({
  oneWay: z.int().min(1).max(1000),
  select: z.int().min(1).max(1000),
  twoWay: z.int().min(1).max(1000),
})
export type BudgetShares = z.infer<typeof BudgetShares>

/** Declarative description of a differentially private table. Unknown members are errors. */
export const TableRecipe = z.strictObject({
  kind: z.literal('dp-table'),
  name: Slug,
  description: z.string().max(2000).optional(),
  seedSet: Slug,
  /** Columns to generate, in this order; absent: every column of the seed schema that can be generated. */
  columns: z.array(ColumnName).min(1).max(200).optional(),
  epsilon: Epsilon,
  delta: Delta,
  /** Number of rows to publish: a public constant, never the count of the seeds. */
  rows: z.int().min(1).max(5_000_000),
  /** Column that utility is measured on; overrides the seed schema's. */
  target: ColumnName.optional(),
  budget: BudgetShares.optional(),
  outputs: z
    .strictObject({
      /** Rows in one Parquet part. */
      rowsPerPart: z.int().min(1).max(5_000_000).optional(),
    })
    .optional(),
})
export type TableRecipe = z.infer<typeof TableRecipe>

/** Spent budget as the accountant derives it from the rationals that were really used. */
export const BudgetSpent = z.object({
  epsilon: Decimal,
  delta: Decimal,
  /** zCDP parameter that (epsilon, delta) allows, rounded down. */
  rhoAllowed: Rational,
  /** Sum over the mechanisms that ran. */
  rhoSpent: Rational,
  neighbouring: z.literal('add-remove-unit'),
  unit: z.string(),
  rowsPerUnit: z.int(),
})
export type BudgetSpent = z.infer<typeof BudgetSpent>

const Counts = z.array(z.int())

/**
 * All that a run ever learned from the seeds: differentially private, so that rows can be sampled from it again
 * without budget. Counts are in cell order; two-way counts are row-major, the groups of column a by those of column b.
 */
export const NoisyMeasurements = z.object({
  type: z.literal('urn:tanemaki:noisy-measurements:v1'),
  /** `groups[cell]` is the cell's group: the two-way counts are over groups, because rare cells were merged. */
  columns: z.array(z.object({ name: ColumnName, cells: z.int(), groups: z.array(z.int()) })),
  oneWay: z.array(z.object({ column: ColumnName, sigma2: Rational, counts: Counts })),
  twoWay: z.array(z.object({ a: ColumnName, b: ColumnName, sigma2: Rational, counts: Counts })),
  budget: BudgetSpent,
})
export type NoisyMeasurements = z.infer<typeof NoisyMeasurements>

/** Cap of a seed set's budget, over all runs for ever. */
export const BudgetCap = z.strictObject({ epsilon: Epsilon, delta: Delta })
export type BudgetCap = z.infer<typeof BudgetCap>

/** One line of a seed set's budget ledger, written before the run's first measurement and never taken back. */
export const BudgetEntry = z.object({
  runId: z.string(),
  recipe: Sha256,
  epsilon: Decimal,
  delta: Decimal,
  rho: Rational,
  at: Instant,
})
export type BudgetEntry = z.infer<typeof BudgetEntry>
