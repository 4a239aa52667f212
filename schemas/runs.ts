import * as z from 'zod'
import { Decimal, Rational } from './decimal.ts'
import { InheritedTerms, ManifestId } from './datasets.ts'
import { BudgetSpent, TableRecipe } from './generation.ts'
import { Instant, Sha256, Slug } from './ids.ts'
import { Recipe } from './recipe.ts'
import { Spent } from './outcomes.ts'
import { RowRecipe, RowRecord, SpendingLimit } from './row-recipe.ts'
import { BudgetState, SeedColumnView, SeedSetId } from './seeds.ts'

export const RunId = z
  .string()
  .regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not a run id')
  .brand<'RunId'>()
export type RunId = z.infer<typeof RunId>

/** What a run's dataset is called and says about itself. */
export const DatasetLabel = z.strictObject({
  name: Slug,
  version: z.string().max(64).default('1.0.0'),
  title: z.string().min(1).max(300).optional(),
  description: z.string().min(1).max(20_000).optional(),
  keywords: z.array(z.string().min(1).max(64)).max(64).optional(),
  license: z.string().max(128).optional(),
})
export type DatasetLabel = z.infer<typeof DatasetLabel>

const common = {
  id: RunId,
  /** Fingerprint of the recipe. */
  recipeSha256: Sha256,
  dataset: DatasetLabel,
  /** Version of the row for optimistic commits. */
  version: z.int(),
  datasetId: z.string().optional(),
  /** Why it failed, for a person. */
  error: z.string().optional(),
  createdAt: Instant,
  finishedAt: Instant.optional(),
}

/**
 * Life of a run of a differentially private table. `queued`: nothing happened yet. `measuring`: its budget is spent in the ledger
 * and the training seeds may have been read. `measured`: the noisy measurements are stored; everything after is post-processing
 * and costs nothing.
 */
export const TableRunState = z.enum(['queued', 'measuring', 'measured', 'completed', 'failed', 'cancelled'])
export type TableRunState = z.infer<typeof TableRunState>

export const TableRun = z.object({
  ...common,
  kind: z.literal('dp-table'),
  state: TableRunState,
  seedSetId: SeedSetId,
  recipe: TableRecipe,
  charged: z.boolean(),
  measured: z.boolean(),
  spent: BudgetSpent.optional(),
})
export type TableRun = z.infer<typeof TableRun>

/**
 * Life of a run of a row recipe. `generating`: candidates are made and their outcomes are logged one by one. `generated`: enough
 * were accepted, the rows are packaged. A failed or cancelled run goes on where it stopped.
 */
export const RowRunState = z.enum(['queued', 'generating', 'generated', 'completed', 'failed', 'cancelled'])
export type RowRunState = z.infer<typeof RowRunState>

/** A copy of a partner's dataset, the purpose of what is made of it, and what that inherits. */
export const BoundCopy = z.object({
  kind: z.literal('copy'),
  id: z.uuid(),
  manifestId: ManifestId,
  agreementId: z.string(),
  purpose: z.string().optional(),
  inherited: InheritedTerms,
})
export type BoundCopy = z.infer<typeof BoundCopy>

/** What a source was when the run was started; a run never reads another. */
export const BoundSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seed-set'), id: SeedSetId, commitment: Sha256 }),
  z.object({ kind: z.literal('persona-pack'), id: z.string(), digest: Sha256 }),
  BoundCopy,
])
export type BoundSource = z.infer<typeof BoundSource>

export const RowRun = z.object({
  ...common,
  kind: z.literal('rows'),
  state: RowRunState,
  recipe: RowRecipe,
  sources: z.record(z.string(), BoundSource),
  /** 32 bytes in hexadecimal: with recipe and sources it fixes every sampled value, prompt and request seed. */
  runSeed: z.string().regex(/^[0-9a-f]{64}$/),
})
export type RowRun = z.infer<typeof RowRun>

/** One execution of a recipe. */
export const Run = z.discriminatedUnion('kind', [TableRun, RowRun])
export type Run = z.infer<typeof Run>

export const RunProgress = z.object({
  run: Run,
  phase: z.string().optional(),
  /** Share of the phase, 0 to 1. */
  done: z.number().optional(),
  /** What else a person wants to see, in words. */
  detail: z.string().optional(),
})
export type RunProgress = z.infer<typeof RunProgress>

export const TablePreview = z.object({
  kind: z.literal('dp-table'),
  recipeSha256: Sha256,
  columns: z.array(SeedColumnView),
  rows: z.int(),
  /** `rho` is absent while the recipe may not run. */
  spends: z.object({ epsilon: Decimal, delta: Decimal, rho: Rational.optional() }),
  budget: BudgetState,
  fits: z.boolean(),
  estimatedSeconds: z.number(),
  /** Why a run would be refused as things stand. */
  obstacles: z.array(z.string()),
})
export type TablePreview = z.infer<typeof TablePreview>

/** What a few candidates of a row recipe came to, made for this and paid for; for the people of this node only. */
export const RowPreview = z.object({
  kind: z.literal('rows'),
  recipeSha256: Sha256,
  runSeed: z.string(),
  /** Published form of those that were accepted. */
  rows: z.array(RowRecord),
  candidates: z.array(
    z.object({ index: z.int(), accepted: z.boolean(), reason: z.string().optional(), column: z.string().optional() }),
  ),
  spent: Spent,
  /** For the whole recipe, if it goes on like this. */
  estimate: z.object({
    yield: z.number(),
    candidates: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    money: Decimal.optional(),
    currency: z.string().optional(),
    seconds: z.number(),
  }),
})
export type RowPreview = z.infer<typeof RowPreview>

export const RecipePreview = z.discriminatedUnion('kind', [TablePreview, RowPreview])
export type RecipePreview = z.infer<typeof RecipePreview>

export const ResumeRun = z.strictObject({
  /** Row recipes only: spending limits instead of those that the run had. */
  limit: SpendingLimit.optional(),
})
export type ResumeRun = z.infer<typeof ResumeRun>

export const StartRun = z.strictObject({
  recipe: Recipe,
  dataset: DatasetLabel.optional(),
  /** Row recipes only: does not work before it is resumed; its questions can be exported. */
  hold: z.boolean().optional(),
  /** Row recipes only: repeats what another run with this seed did. Absent: drawn from the system's source. */
  runSeed: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
})
export type StartRun = z.infer<typeof StartRun>
