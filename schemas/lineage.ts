import * as z from 'zod'
import { AuditCheck } from './audit.ts'
import { DatasetId, Sha256 } from './ids.ts'
import { DsseEnvelope } from './ledger.ts'
import { RejectionReason } from './outcomes.ts'
import { CellValue, RowColumnName } from './row-columns.ts'
import { RowRecipe, RowRecord } from './row-recipe.ts'
import { TextDiversity } from './run-report.ts'

const Index = z.int().min(0)

/** An answer that a row rests on. `prompt` and `answer` are salted commitments; docs/spec/lineage.md §2. */
export const LineageCall = z.strictObject({
  column: RowColumnName,
  attempt: Index,
  model: z.string(),
  servedModel: z.string(),
  temperature: z.number().optional(),
  topP: z.number().optional(),
  requestSeed: z.int().optional(),
  /** Key of the answer in the node's cache; only the node can reckon it. */
  request: Sha256,
  prompt: Sha256,
  answer: Sha256,
})
export type LineageCall = z.infer<typeof LineageCall>

/** How one published row came about, without a word of a seed, a prompt or an answer. */
export const LineageRecord = z.strictObject({
  /** Place among the accepted rows. */
  row: Index,
  candidate: Index,
  /** Record of each source, counted in the order in which the run read it. */
  sources: z.record(z.string(), Index),
  skipped: z.array(RowColumnName),
  /** Sampled columns, and expressions over nothing else. */
  drawn: z.record(RowColumnName, CellValue),
  validations: z.record(RowColumnName, z.strictObject({ valid: z.boolean(), failed: z.array(z.string()) })),
  /** Scores without their reasoning. */
  judgements: z.record(RowColumnName, z.record(RowColumnName, z.union([z.number(), z.string()]))),
  calls: z.array(LineageCall),
  /** Leaf of the published row in the tree of rows. */
  output: Sha256,
})
export type LineageRecord = z.infer<typeof LineageRecord>

/** A record with what proves that it was committed to. */
export const OpenedRecord = z.strictObject({ record: LineageRecord, salt: Sha256, proof: z.array(Sha256) })
export type OpenedRecord = z.infer<typeof OpenedRecord>

/** Opens one row of a seed set: it is number `index` of `size` under the root of the commitment. */
export const SeedOpening = z.strictObject({
  index: Index,
  size: Index,
  salt: Sha256,
  /** As the seed set keeps it: one text per column. */
  row: z.array(z.string().nullable()),
  proof: z.array(Sha256),
})
export type SeedOpening = z.infer<typeof SeedOpening>

/** Everything that a row was made from: texts of seeds among it. */
export const OpenedRow = z.strictObject({
  row: Index,
  /** Every cell, dropped columns too. */
  cells: RowRecord,
  records: z.record(z.string(), RowRecord),
  /** Of the records of seed sets: where their commitments stand; docs/spec/seed-commitment.md. */
  seeds: z.record(z.string(), SeedOpening),
  /** For each call of the record, in its order. */
  calls: z.array(z.strictObject({ salt: Sha256, answer: z.string().optional() })),
})
export type OpenedRow = z.infer<typeof OpenedRow>

/** What a third party needs to check how the rows of one dataset came about; docs/spec/lineage.md §4. */
export const RunDisclosure = z.strictObject({
  type: z.literal('urn:tanemaki:run-disclosure:v1'),
  datasetId: DatasetId,
  /** Manifest, in the envelope that the node signed; absent while the dataset is not published. */
  manifest: DsseEnvelope.optional(),
  recipe: RowRecipe,
  /** By source, what it holds: commitment of a seed set, digest of a pack, manifest of a copy. */
  commitments: z.record(z.string(), z.string()),
  /** Records of each source. */
  sizes: z.record(z.string(), Index),
  runSeed: z.strictObject({ seed: z.string().regex(/^[0-9a-f]{64}$/), salt: Sha256 }),
  funnel: z.strictObject({ candidates: Index, accepted: Index, rejected: z.record(RejectionReason, Index) }),
  rows: Index,
  /** As the node measured it on the published rows. */
  diversity: TextDiversity.optional(),
  records: z.array(OpenedRecord),
  opened: z.array(OpenedRow),
})
export type RunDisclosure = z.infer<typeof RunDisclosure>

export const VerificationLevel = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
export type VerificationLevel = z.infer<typeof VerificationLevel>

/** Checks up to a level, and what they leave open. */
export const LineageVerification = z.object({
  level: VerificationLevel,
  verdict: z.enum(['pass', 'fail']),
  checks: z.array(AuditCheck),
  /** What these checks do not prove, in words. */
  unproven: z.array(z.string()),
})
export type LineageVerification = z.infer<typeof LineageVerification>

export const VerifyRun = z.strictObject({
  level: VerificationLevel.default(1),
  /** Rows whose lineage is looked at. */
  rows: z.int().min(1).max(100_000).default(100),
})
export type VerifyRun = z.infer<typeof VerifyRun>

export const DiscloseRun = z.strictObject({
  /** Numbers of rows, from 0. */
  rows: z.array(Index).max(100_000).optional(),
  /** Draws so many rows instead, from the manifest and a value that nobody knew when that was signed. */
  beacon: z.strictObject({ value: z.string().min(1).max(1000), rows: z.int().min(1).max(100_000) }).optional(),
  /** Opens everything that the rows were made from, the records of seeds among it. */
  openSeeds: z.boolean().default(false),
})
export type DiscloseRun = z.infer<typeof DiscloseRun>
