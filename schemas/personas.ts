import * as z from 'zod'
import { Instant, Sha256, Slug } from './ids.ts'
import { RowRecord } from './row-recipe.ts'
import { SeedFormat } from './seeds.ts'

/** Attribute of persons in population tables, for example `marital_status`; a field of sampled personas. */
export const AttributeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a plain lower-case name like marital_status')
export type AttributeName = z.infer<typeof AttributeName>

/**
 * What must be known about a table of persons before it is used. Its CSV has one column per attribute and one of counts; `age`
 * stands as two columns, `age_from` and `age_to` (included, empty in the open last group). A combination that has no line is
 * not said anything about; where the table has none, write 0.
 */
export const PopulationTableHeader = z.strictObject({
  name: Slug,
  /** `statistics`: figures of the source. `assumption`: somebody's judgement, and named as such wherever the table is. */
  kind: z.enum(['statistics', 'assumption']).default('statistics'),
  source: z.string().min(1).max(1000),
  licence: z.string().min(1).max(200),
  attribution: z.string().min(1).max(1000).optional(),
  attributes: z.array(AttributeName).min(1).max(8),
  /** Column of the counts. */
  count: z.string().min(1).max(128).default('population'),
})
export type PopulationTableHeader = z.infer<typeof PopulationTableHeader>

/** `below` excluded, `from` included. */
const AgeCondition = z.strictObject({
  attribute: z.literal('age'),
  from: z.int().min(0).max(150).optional(),
  below: z.int().min(1).max(151).optional(),
})
const ValueCondition = z.strictObject({ attribute: AttributeName, in: z.array(z.string().min(1)).min(1).max(1000) })

/** A combination that no person has: all conditions at once. */
export const ImpossibleCombination = z.strictObject({
  name: z.string().min(1).max(200),
  never: z
    .array(z.union([AgeCondition, ValueCondition]))
    .min(1)
    .max(6),
})
export type ImpossibleCombination = z.infer<typeof ImpossibleCombination>

/** How far counts are from a table: total variation distance between shares, over the persons that the table is about. */
export const TableDistance = z.object({
  table: Slug,
  kind: z.enum(['statistics', 'assumption']),
  cells: z.int(),
  /** What the table was scaled by so that earlier tables hold over the attributes that it shares with them. */
  scaled: z.number(),
  /** Of the fitted joint distribution. */
  fitted: z.number(),
  /** Of the sampled personas. */
  sampled: z.number(),
})
export type TableDistance = z.infer<typeof TableDistance>

export const PersonaPackId = z
  .string()
  .regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not a persona pack id')
  .brand<'PersonaPackId'>()
export type PersonaPackId = z.infer<typeof PersonaPackId>

const seedHex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal characters')

/** Where the records of a pack come from. */
export const PersonaOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('imported'), format: SeedFormat }),
  z.object({
    kind: z.literal('sampled'),
    tables: z.array(z.object({ name: Slug, kind: z.enum(['statistics', 'assumption']), sha256: Sha256 })),
    /** Persona i is a function of the tables and this seed. */
    seed: seedHex,
    distances: z.array(TableDistance),
  }),
  z.object({ kind: z.literal('generated'), run: z.string() }),
  /** What deduplication left of another pack. */
  z.object({ kind: z.literal('deduplicated'), pack: PersonaPackId, digest: Sha256 }),
])
export type PersonaOrigin = z.infer<typeof PersonaOrigin>

/** Persona records as one object: licensed, countable, named by the digest of its records. */
export const PersonaPack = z.object({
  id: PersonaPackId,
  name: Slug,
  state: z.enum(['kept', 'erased']),
  /** Who made the records and where they were taken from. */
  source: z.string().min(1).max(1000),
  licence: z.string().min(1).max(200),
  /** To be repeated wherever something is derived from the pack. */
  attribution: z.string().max(4000),
  /** What a reader must know about the records: assumptions above all. */
  description: z.object({ en: z.string().max(8000), ja: z.string().max(8000) }),
  /** Merkle root (RFC 6962) over the records in their order, each as canonical JSON (RFC 8785). */
  digest: Sha256,
  fields: z.array(z.string()),
  /** Field whose text says who the persona is. */
  textField: z.string(),
  count: z.int(),
  origin: PersonaOrigin,
  createdAt: Instant,
  erasedAt: Instant.optional(),
})
export type PersonaPack = z.infer<typeof PersonaPack>

/** A pack of the rows of a completed run. */
export const PackFromRun = z.strictObject({
  name: Slug,
  run: z.string().min(1).max(100),
  licence: z.string().min(1).max(200).default('LicenseRef-agreement-only'),
  textField: z.string().min(1).max(128).default('persona'),
})
export type PackFromRun = z.infer<typeof PackFromRun>

/** What a person says about a file of personas; what a known format says by itself may be left out. */
export const PersonaImport = z.strictObject({
  name: Slug,
  uploadId: z.uuid(),
  source: z.string().min(1).max(1000).optional(),
  licence: z.string().min(1).max(200).optional(),
  attribution: z.string().max(4000).optional(),
  textField: z.string().min(1).max(128).optional(),
  /** CSV: one character; default the comma. */
  delimiter: z.string().length(1).optional(),
})
export type PersonaImport = z.infer<typeof PersonaImport>

/** A population table as it travels: the header and the text of its CSV file. */
export const PopulationTableFile = z.strictObject({
  header: PopulationTableHeader,
  csv: z.string().max(64_000_000),
})
export type PopulationTableFile = z.infer<typeof PopulationTableFile>

export const PersonaSample = z.strictObject({
  name: Slug,
  count: z.int().min(1).max(50_000_000),
  language: z.enum(['ja', 'en']).default('ja'),
  /** Absent: drawn by the node, and recorded. */
  seed: seedHex.optional(),
  /** Beside the two official tables that the node carries. */
  tables: z.array(PopulationTableFile).max(50).default([]),
  /** Beside the combinations that the node refuses always. */
  never: z.array(ImpossibleCombination).max(200).default([]),
  /** Distance from its own tables above which the tables are taken to contradict each other. */
  tolerance: z.number().min(0).max(1).default(0.01),
})
export type PersonaSample = z.infer<typeof PersonaSample>
export type PersonaSampleInput = z.input<typeof PersonaSample>

export const PersonaProgress = z.object({
  phase: z.enum(['import', 'sample', 'sign', 'pair', 'compare', 'write']),
  done: z.int(),
  total: z.int().optional(),
})
export type PersonaProgress = z.infer<typeof PersonaProgress>

/** How two personas of a pack are compared, and from where on they are one. */
export const PersonaDedup = z.strictObject({
  name: Slug,
  by: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('text'),
      /** `bins`: one-permutation MinHash. `permutations`: 128 permutations, as Persona Hub has them. */
      form: z.enum(['bins', 'permutations']).default('bins'),
      features: z.enum(['characters-3-5', 'characters-5', 'words-1']).default('characters-3-5'),
      threshold: z.number().min(0.6).max(1).default(0.9),
    }),
    /** Cosine similarity of the vectors in a field. */
    z.strictObject({
      kind: z.literal('vector'),
      field: z.string().min(1).max(128),
      threshold: z.number().min(-1).max(1).default(0.9),
    }),
  ]),
  /** Field that is compared; absent: the pack's text field. */
  textField: z.string().min(1).max(128).optional(),
})
export type PersonaDedup = z.infer<typeof PersonaDedup>

export const DedupReport = z.object({
  pack: PersonaPack,
  from: z.object({ id: PersonaPackId, name: Slug, digest: Sha256, count: z.int() }),
  by: PersonaDedup.shape.by,
  kept: z.int(),
  /** The same text after normalisation. */
  exact: z.int(),
  near: z.int(),
  /** Pairs that were compared, and those that shared a band but were not, because too many shared it. */
  compared: z.int(),
  passedOver: z.int(),
})
export type DedupReport = z.infer<typeof DedupReport>

export const PersonaErasure = z.object({ id: PersonaPackId, name: Slug, erasedAt: Instant })
export type PersonaErasure = z.infer<typeof PersonaErasure>

export const PersonaPackPage = z.object({ pack: PersonaPack, examples: z.array(RowRecord) })
export type PersonaPackPage = z.infer<typeof PersonaPackPage>
