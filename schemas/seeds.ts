import * as z from 'zod'
import { Decimal, Rational } from './decimal.ts'
import { BudgetCap, BudgetEntry } from './generation.ts'
import { Instant, Sha256, Slug } from './ids.ts'
import { ColumnName, ColumnRole, SeedSchema, Subject } from './seed-schema.ts'

export const SeedSetId = z
  .string()
  .regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not a seed set id')
  .brand<'SeedSetId'>()
export type SeedSetId = z.infer<typeof SeedSetId>

export const SeedFormat = z.enum(['csv', 'parquet', 'jsonl'])
export type SeedFormat = z.infer<typeof SeedFormat>

/** Chance of a unit to fall into the control set, in thousandths. 0: no control set, which seeds about persons must have. */
export const ControlPerMille = z.int().min(0).max(800)
export type ControlPerMille = z.infer<typeof ControlPerMille>

/**
 * What is said about a seed set for ever: which rows it has and how its control set was drawn, without telling a row, a unit
 * or a number of them. Logged before anything is generated.
 */
export const SeedCommitment = z.object({
  /** RFC 6962 root over the salted commitments of all kept rows in their order; the name of the commitment everywhere. */
  root: Sha256,
  /** Commitment to the key, unit and share that the control set was drawn with. */
  control: Sha256,
  drawnBy: z.enum(['row', 'unit']),
  controlPerMille: ControlPerMille,
  drawnAt: Instant,
})
export type SeedCommitment = z.infer<typeof SeedCommitment>

export const SeedSetState = z.enum(['imported', 'erased'])
export type SeedSetState = z.infer<typeof SeedSetState>

/** A seed set in the database: nothing here was read from a row. */
export const SeedSet = z.object({
  id: SeedSetId,
  name: Slug,
  state: SeedSetState,
  format: SeedFormat,
  /** Number of the sealed details in force. */
  detailsVersion: z.int(),
  commitment: SeedCommitment,
  cap: BudgetCap,
  createdAt: Instant,
  erasedAt: Instant.optional(),
})
export type SeedSet = z.infer<typeof SeedSet>

const SideCounts = z.object({ rows: z.int(), batches: z.int() })

/** Which model endpoints of this node may see the rows; everything else is refused before a byte leaves. */
export const SeedEndpoints = z.strictObject({
  /** Those on this machine. */
  loopback: z.boolean(),
  /** By name. */
  allowed: z.array(Slug).max(100),
})
export type SeedEndpoints = z.infer<typeof SeedEndpoints>

/** Everything about a seed set that depends on its rows; sealed at rest, never leaves the node. */
export const SeedDetails = z.object({
  schema: SeedSchema,
  training: SideCounts,
  control: SideCounts,
  /** Rows beyond rowsPerUnit of their unit, which were left out. */
  truncatedRows: z.int(),
  /** Columns of the file that the schema does not name; they were not kept. */
  ignoredColumns: z.array(z.string()),
  confirmed: z.array(z.object({ column: ColumnName, at: Instant })),
  endpoints: SeedEndpoints.default({ loopback: true, allowed: [] }),
})
export type SeedDetails = z.infer<typeof SeedDetails>

/** Secrets that open a seed set's commitments; sealed, and removed first when it is erased. */
export const SeedSecrets = z.object({ rows: z.string(), split: z.string() })
export type SeedSecrets = z.infer<typeof SeedSecrets>

export const SeedUpload = z.object({ uploadId: z.uuid(), size: z.int(), format: SeedFormat })
export type SeedUpload = z.infer<typeof SeedUpload>

/** What a person decides about an import. Without a schema one is inferred, and everything in it counts as read from the data. */
export const SeedImport = z.strictObject({
  name: Slug,
  uploadId: z.uuid(),
  schema: SeedSchema.optional(),
  /** CSV: one character; default the comma. */
  delimiter: z.string().length(1).optional(),
  /** Only with inference. */
  subject: Subject.default('persons'),
  unit: ColumnName.default('row'),
  rowsPerUnit: z.int().min(1).max(10_000).default(1),
  /** Leave out a unit's rows beyond rowsPerUnit; without it such a file is refused. */
  truncate: z.boolean().default(false),
  controlPerMille: ControlPerMille.default(500),
  cap: BudgetCap.default({ epsilon: '3', delta: '0.000001' }),
})
export type SeedImport = z.infer<typeof SeedImport>
export type SeedImportInput = z.input<typeof SeedImport>

export const ImportProgress = z.object({ phase: z.enum(['infer', 'import']), rows: z.int() })
export type ImportProgress = z.infer<typeof ImportProgress>

export const BudgetState = z.object({
  cap: BudgetCap,
  rhoCap: Rational,
  rhoSpent: Rational,
  rhoRemaining: Rational,
  /** What the remainder allows at the cap's delta, rounded down. */
  epsilonRemaining: Decimal,
  runs: z.int(),
})
export type BudgetState = z.infer<typeof BudgetState>

export const SeedSetSummary = z.object({
  id: SeedSetId,
  name: Slug,
  state: SeedSetState,
  subject: Subject.optional(),
  columns: z.int().optional(),
  rows: z.int().optional(),
  unconfirmed: z.int().optional(),
  createdAt: Instant,
})
export type SeedSetSummary = z.infer<typeof SeedSetSummary>

export const SeedColumnView = z.object({
  name: ColumnName,
  type: z.string(),
  role: ColumnRole,
  /** Domain in words. */
  domain: z.string(),
  cells: z.int().optional(),
  provenance: z.enum(['public', 'read-from-data', 'not-modelled']),
})
export type SeedColumnView = z.infer<typeof SeedColumnView>

/** For the people of this node only. */
export const SeedSetDescription = z.object({
  seedSet: SeedSet,
  details: SeedDetails.optional(),
  columns: z.array(SeedColumnView),
  budget: BudgetState,
  ledger: z.array(BudgetEntry),
})
export type SeedSetDescription = z.infer<typeof SeedSetDescription>

export const ErasureReport = z.object({
  id: SeedSetId,
  name: Slug,
  erasedAt: Instant,
  removed: z.array(z.string()),
  remains: z.array(z.string()),
})
export type ErasureReport = z.infer<typeof ErasureReport>

export const DescribeSeeds = z.strictObject({
  /** Columns whose domain a person declares to be public knowledge. */
  confirm: z.array(ColumnName).max(500).optional(),
  schema: SeedSchema.optional(),
  endpoints: SeedEndpoints.optional(),
})
export type DescribeSeeds = z.infer<typeof DescribeSeeds>
