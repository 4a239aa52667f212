import * as z from 'zod'
import { DatasetId, Did, Instant, Iri, Sha256, Slug } from './ids.ts'
import { GateId } from './evaluation.ts'
import { Offer } from './policy.ts'
import { Subject } from './seed-schema.ts'

/** Size of a chunk in bytes: a power of two between 16 KiB and 16 MiB. */
export const ChunkSize = z
  .int()
  .min(16_384)
  .max(16_777_216)
  .refine((size) => (size & (size - 1)) === 0, 'not a power of two')
export type ChunkSize = z.infer<typeof ChunkSize>

/** A puller holds the leaf list of a file in memory: 32 MiB. Files above 16 TiB are cut into parts. */
const MOST_LEAVES = 2 ** 20

/** Merkle tree of one file: RFC 6962 over chunks of `chunk` bytes (the last may be shorter; an empty file has no leaf). */
export const ChunkTree = z.looseObject({
  alg: z.literal('rfc6962-sha256'),
  chunk: ChunkSize,
  leaves: z.int().nonnegative().max(MOST_LEAVES),
  root: Sha256,
})
export type ChunkTree = z.infer<typeof ChunkTree>

/** What lies beside the files of a copy; no file may take its place. */
const BESIDE_FILES: ReadonlySet<string> = new Set([
  'agreement.json',
  'croissant.json',
  'evaluation-report.json',
  'manifest.dsse.json',
  'manifest.tlog-proof',
  'receipts',
])

/** File name of a resource: one path segment, safe in a URL and on every disk. */
export const ResourceName = z
  .string()
  .max(128)
  .regex(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/, 'not a plain lower-case file name')
  .refine((name) => !name.includes('..') && !name.endsWith('.leaves'), 'not a plain lower-case file name')
  .refine((name) => !BESIDE_FILES.has(name), 'the name of a document of the copy')
export type ResourceName = z.infer<typeof ResourceName>

/** One file of a dataset. Unknown members of a foreign manifest are kept: they are part of what its root binds. */
export const Resource = z.looseObject({
  name: ResourceName,
  size: z.int().nonnegative(),
  mediaType: z.string().max(255),
  records: z.int().nonnegative(),
  digest: z.looseObject({ sha256: Sha256 }),
  tree: ChunkTree,
})
export type Resource = z.infer<typeof Resource>

/** Physical type of a column in the packaged files. `decimal` has `scale` digits after the point, 18 digits in all. */
export const ColumnType = z.enum(['int32', 'int64', 'double', 'decimal', 'string', 'boolean', 'date'])
export type ColumnType = z.infer<typeof ColumnType>

export const TableColumn = z.strictObject({
  name: z.string().min(1).max(256),
  type: ColumnType,
  scale: z.int().min(0).max(15).optional(),
  nullable: z.boolean().default(false),
  description: z.string().max(2000).optional(),
})
export type TableColumn = z.infer<typeof TableColumn>

/** A public document bound by digest and served at `/objects/<sha256>`. */
export const DocumentRef = z.looseObject({
  sha256: Sha256,
  size: z.int().nonnegative(),
  mediaType: z.string().max(255),
})
export type DocumentRef = z.infer<typeof DocumentRef>

/** Identity of a manifest: the SHA-256 of its exact payload bytes, never of the envelope. */
export const ManifestId = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'not a manifest id')
  .brand<'ManifestId'>()
export type ManifestId = z.infer<typeof ManifestId>

/** Dataset that another was made from. Members besides the manifest may be missing in foreign manifests. */
export const DatasetInput = z.looseObject({
  manifestId: z.string(),
  datasetId: z.string().optional(),
  provider: z.string().optional(),
})
export type DatasetInput = z.infer<typeof DatasetInput>

/** Where a dataset comes from, as far as it may be told to everyone. */
export const Provenance = z.looseObject({
  generator: z.looseObject({ name: z.string(), version: z.string() }).optional(),
  recipe: z.looseObject({ sha256: Sha256 }).optional(),
  /** Merkle root over the salted commitments of the seed rows, logged before generation. */
  seedCommitment: Sha256.optional(),
  /** Merkle root over the published rows in order, and over salted records of how each came about; docs/spec/lineage.md. */
  rowRoot: Sha256.optional(),
  lineageRoot: Sha256.optional(),
  /** Declared privacy guarantee of the generation; decimals as strings. */
  privacy: z
    .looseObject({ definition: z.string(), epsilon: z.string(), delta: z.string(), unit: z.string() })
    .optional(),
  /** Datasets of partners that this one was made from. */
  inputs: z.array(DatasetInput).max(1024).optional(),
})
export type Provenance = z.infer<typeof Provenance>

/** What a dataset must keep to because of the agreements under which the copies were held that it was made from. */
export const InheritedTerms = z.strictObject({
  inputs: z
    .array(z.strictObject({ manifestId: ManifestId, datasetId: Iri, provider: Did, agreementId: Iri }))
    .min(1)
    .max(1024),
  /** Purposes of the rulebook that every agreement allows; absent: any. */
  purposes: z.array(z.string().min(1).max(512)).optional(),
  /** The earliest date of deletion. */
  deleteBy: Instant.optional(),
  /** Whether no agreement prohibits passing the data on. */
  onwardDistribution: z.boolean(),
  /** Whether others may be permitted to make new datasets from this one. */
  derivation: z.boolean(),
})
export type InheritedTerms = z.infer<typeof InheritedTerms>

/** Outcome of the evaluation of exactly these files under the rulebook in force. */
export const DatasetEvaluation = z.object({
  verdict: z.enum(['pass', 'fail', 'insufficient-evidence']),
  at: Instant,
  rulebookVersion: z.string(),
  /** One line for each gate that does not pass, and for none of those that do. */
  reasons: z.array(z.string()),
  /** Gates that block for want of evidence. */
  lacking: z.array(GateId).default([]),
  /** Whom the seeds are about that the files were compared with; absent: they were compared with none. */
  seedsSubject: Subject.optional(),
  /** Root over the files that were evaluated: a later change of a file voids the evaluation. */
  datasetRoot: Sha256,
  publicReport: DocumentRef,
  /** Digest of the full report that stays local. */
  fullReport: z.object({ sha256: Sha256 }),
})
export type DatasetEvaluation = z.infer<typeof DatasetEvaluation>

/**
 * Declaration of the owner that a dataset about no person, whose gates lack evidence and none of which fails, may go to partners by name.
 * It stands in the manifest and is signed with it.
 */
export const ControlledRelease = z.looseObject({
  kind: z.literal('controlled'),
  /** Why the owner answers for it, in its own words. */
  statement: z.string().min(1).max(4000),
  declaredBy: Did,
  declaredAt: Instant,
  /** Gates that lacked evidence. */
  lacking: z.array(GateId).min(1),
})
export type ControlledRelease = z.infer<typeof ControlledRelease>

export const DatasetState = z.enum(['draft', 'evaluated', 'published', 'withdrawn'])
export type DatasetState = z.infer<typeof DatasetState>

export const Version = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'not a version like 1.0.0')
export type Version = z.infer<typeof Version>

/** SPDX expression or `LicenseRef-…`. */
export const License = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9.+-]+$/, 'not an SPDX license identifier')
export type License = z.infer<typeof License>

/** What a person says about a dataset when it is made. */
export const DatasetDraft = z.strictObject({
  /** Persistent identifier of this version, for example a DOI as a URL. Absent: a new `urn:uuid`. */
  id: DatasetId.optional(),
  name: Slug,
  version: Version.default('1.0.0'),
  title: z.string().min(1).max(300),
  description: z.string().min(1).max(20_000),
  keywords: z.array(z.string().min(1).max(64)).max(64).default([]),
  license: License.default('LicenseRef-agreement-only'),
  language: z.string().max(35).default('en'),
  subject: Subject,
  /** Seed set that the evaluation compares with; required for persons. */
  seedSet: Slug.optional(),
  columns: z.array(TableColumn).min(1).max(4096),
  /** Text for the Responsible AI section, each optional. */
  notes: z
    .strictObject({
      dataCollection: z.string().max(20_000).optional(),
      dataUseCases: z.string().max(20_000).optional(),
      dataLimitations: z.string().max(20_000).optional(),
      dataBiases: z.string().max(20_000).optional(),
    })
    .default({}),
  /** Version of the same name that this one replaces. */
  supersedes: ManifestId.optional(),
})
export type DatasetDraft = z.infer<typeof DatasetDraft>
/** The draft as a person writes it in a file: defaults may be left out. */
export type DatasetDraftInput = z.input<typeof DatasetDraft>

export const DatasetSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file') }),
  z.object({ kind: z.literal('run'), runId: z.string().max(256) }),
])
export type DatasetSource = z.infer<typeof DatasetSource>

export const DatasetRecord = DatasetDraft.extend({
  id: DatasetId,
  state: DatasetState,
  source: DatasetSource,
  provenance: Provenance,
  /** Only of a dataset that was made from copies. */
  inherited: InheritedTerms.optional(),
  resources: z.array(Resource),
  records: z.int().nonnegative(),
  size: z.int().nonnegative(),
  datasetRoot: Sha256,
  evaluation: DatasetEvaluation.optional(),
  /** Of exactly this evaluation: a new one voids it. */
  release: ControlledRelease.optional(),
  offers: z.array(Offer),
  manifestId: ManifestId.optional(),
  /** Packed Croissant document, the one that the manifest binds. */
  croissant: DocumentRef.optional(),
  createdAt: Instant,
  publishedAt: Instant.optional(),
  withdrawnAt: Instant.optional(),
})
export type DatasetRecord = z.infer<typeof DatasetRecord>
