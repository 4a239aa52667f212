import * as z from 'zod'
import { Decimal } from './decimal.ts'
import { Instant, Sha256 } from './ids.ts'
import { RejectionReason, TokenUsage } from './outcomes.ts'

const Count = z.int().min(0)
const Share = z.number().min(0).max(1)
const Interval = z.object({ low: z.number(), high: z.number() })

/** What texts were cut into for measures over tokens. Word cuts follow the dictionary of ICU, whose version is named then. */
export const Tokens = z.object({ unit: z.enum(['characters', 'words']), icu: z.string().optional() })
export type Tokens = z.infer<typeof Tokens>

/** How different texts are from each other. Sampled measures say of how many. */
export const TextDiversity = z.object({
  /** Texts that were measured. */
  texts: Count,
  tokens: Tokens,
  /** Over the first `tokens` tokens of the texts: the measure falls with their number, so it compares at equal numbers only. */
  distinct: z.object({ tokens: Count, runs: z.array(z.object({ n: z.int(), share: Share })) }),
  /** Lower is more diverse. */
  selfBleu: z.object({ texts: Count, references: Count, scores: z.array(z.object({ n: z.int(), score: Share })) }),
  /** Bits, of runs of two tokens, over the same tokens as `distinct`. */
  entropy: z.object({ n: z.int(), bits: z.number() }),
  compressionRatio: z.number(),
  vectors: z.object({
    /** `hashed-char-4`, or the name of the embedding column. */
    from: z.string(),
    texts: Count,
    /** 1 − mean cosine of two texts. */
    meanDistance: z.number(),
    /** Similarity of each text's nearest other text. `counts`: in twenty steps of 0.05 from 0 to 1; lower ones count as 0. */
    nearest: z.object({ mean: z.number(), p95: z.number(), shareAbove90: Share, counts: z.array(Count) }),
    /** Effective number of different texts among them. */
    vendi: z.array(z.object({ order: z.number(), score: z.number(), texts: Count })),
  }),
  exactDuplicates: z.object({ texts: Count, share: Share }),
  /** Share with a Jaccard similarity of at least the threshold to an earlier text. */
  nearDuplicates: z.object({ texts: Count, threshold: z.number(), share: Share }),
})
export type TextDiversity = z.infer<typeof TextDiversity>

/** What rows repeat of the records of one source, by runs of tokens, without those of the recipe's own texts. */
export const Copying = z.object({
  source: z.string(),
  unit: z.enum(['characters', 'words']),
  run: z.int(),
  /** Rows that were compared. */
  rows: Count,
  /** Share of a row's runs that its own record has; flagged above 0.2, or where a common span is longer than `longSpan` characters. */
  own: z.object({ mean: z.number(), p95: z.number(), max: z.number(), flagged: Count }),
  longestSpan: z.object({ p95: z.number(), max: z.number(), longSpan: z.int() }),
  /** The most that any other record of the source has of it; flagged above 0.1. `records`: those that were compared. */
  others: z.object({ records: Count, mean: z.number(), p95: z.number(), max: z.number(), flagged: Count }),
})
export type Copying = z.infer<typeof Copying>

export const SourceCoverage = z.object({
  source: z.string(),
  kind: z.enum(['seed-set', 'persona-pack', 'copy']),
  records: Count,
  /** With a candidate, with an accepted row, with at least `enough` of them. */
  tried: Count,
  accepted: Count,
  enough: z.object({ rows: z.int(), records: Count }),
  /** Of the accepted rows over the records that were tried: 0 is even, near 1 is all on one. */
  gini: z.number(),
  /** Records that were tried, by how many accepted rows they have; the last entry is the rest. */
  rowsPerRecord: z.array(z.object({ from: Count, to: Count, records: Count })),
})
export type SourceCoverage = z.infer<typeof SourceCoverage>

/** How acceptance shifts a field of the records: total variation distance of accepted rows to all candidates. */
export const Marginal = z.object({
  source: z.string(),
  field: z.string(),
  values: Count,
  distance: Share,
  /** Distance to expect if acceptance were by chance. */
  byChance: Share,
})
export type Marginal = z.infer<typeof Marginal>

export const JudgeScore = z.object({
  column: z.string(),
  score: z.string(),
  judged: Count,
  /** By option, in the order of the rubric. */
  counts: z.array(z.object({ option: z.union([z.number(), z.string()]), judged: Count, accepted: Count })),
  /** Of scores that are numbers. The interval: 95 %, bootstrap percentiles. */
  mean: z.number().optional(),
  interval: Interval.optional(),
  acceptedMean: z.number().optional(),
})
export type JudgeScore = z.infer<typeof JudgeScore>

/** Two judge columns with the same rubric. */
export const JudgeAgreement = z.object({
  score: z.string(),
  columns: z.tuple([z.string(), z.string()]),
  both: Count,
  equal: Share,
  /** Cohen's kappa, weighted by the squared distance of the options; absent where chance leaves nothing to agree on. */
  kappa: z.number().optional(),
})
export type JudgeAgreement = z.infer<typeof JudgeAgreement>

export const DrawnParameter = z.object({
  column: z.string(),
  parameter: z.enum(['temperature', 'topP']),
  calls: Count,
  min: z.number(),
  mean: z.number(),
  max: z.number(),
  acceptedMean: z.number().optional(),
})
export type DrawnParameter = z.infer<typeof DrawnParameter>

/**
 * What a run of a row recipe came to. For the people of the node only: it tells how many records sources have and how near
 * rows are to them.
 */
export const RunReport = z.object({
  runId: z.string(),
  recipe: z.object({ name: z.string(), sha256: Sha256 }),
  at: Instant,
  /** Whether the run had ended. */
  complete: z.boolean(),
  funnel: z.object({
    candidates: Count,
    accepted: Count,
    yield: Share,
    /** Most frequent first. */
    rejected: z.array(z.object({ reason: RejectionReason, column: z.string().optional(), candidates: Count })),
  }),
  cost: z.object({
    calls: Count,
    tokens: TokenUsage,
    /** Tokens in and out of all calls ÷ accepted rows. */
    tokensPerRow: z.number().optional(),
    /** Price of all answers that the candidates rest on, those from the cache too. */
    money: Decimal.optional(),
    moneyPerRow: Decimal.optional(),
    currency: z.string().optional(),
    columns: z.array(
      z.object({
        column: z.string(),
        calls: Count,
        /** Calls behind the first for a cell: corrections and fresh beginnings. */
        again: Count,
        tokens: TokenUsage,
        /** Models as the endpoint named them. */
        served: z.array(z.object({ model: z.string(), calls: Count })),
      }),
    ),
  }),
  diversity: TextDiversity.optional(),
  copying: z.array(Copying),
  coverage: z.array(SourceCoverage),
  /** Left records with fewer accepted rows than the recipe wants: how many, and the first of them. */
  minPerLeft: z.object({ wanted: z.int(), short: Count, records: z.array(Count) }).optional(),
  marginals: z.array(Marginal),
  judges: z.array(JudgeScore),
  agreement: z.array(JudgeAgreement),
  parameters: z.array(DrawnParameter),
})
export type RunReport = z.infer<typeof RunReport>

/** Whether personas made rows more diverse: two runs on the same seeds, measured on equally many rows. */
export const PersonaEffect = z.object({
  rows: Count,
  /** Of the run with personas minus those of the run without. */
  distinct2: z.number(),
  vendi: z.number(),
  nearDuplicates: z.number(),
  /** All three for personas; if not, they are decoration. */
  favoursPersonas: z.boolean(),
})
export type PersonaEffect = z.infer<typeof PersonaEffect>
