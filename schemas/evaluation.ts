import * as z from 'zod'
import { Decimal, Rational } from './decimal.ts'
import { Instant } from './ids.ts'
import { Subject } from './seed-schema.ts'

/** Every gate that a rulebook may name. A rulebook that asks for a gate this program cannot measure blocks publication. */
export const GateId = z.enum([
  'G0',
  'G1',
  'G2',
  'G3',
  'G4',
  'G5',
  'G6',
  'G7',
  'G8',
  'G9',
  'G10',
  'G11',
  'Q1',
  'Q2',
  'Q3',
  'Q4',
])
export type GateId = z.infer<typeof GateId>

const Share = Decimal.refine((text) => Number(text) >= 0 && Number(text) <= 1, 'must be between 0 and 1')
const Rows = z.int().min(0)

export const EvidenceThresholds = z.strictObject({
  minControlRows: Rows,
  /** Control rows as a share of training rows, at least. */
  minControlShare: Decimal,
})
export type EvidenceThresholds = z.infer<typeof EvidenceThresholds>
export const ExactCopyThresholds = z.strictObject({
  maxExcess: Share,
  /** Above this share of one-sided matches the plain bound cannot pass and the weak rule applies. */
  chanceMatches: Share,
  maxExcessWeak: Share,
  minRows: Rows,
})
export type ExactCopyThresholds = z.infer<typeof ExactCopyThresholds>
export const DpLedgerThresholds = z.strictObject({
  maxEpsilon: Decimal,
  /** delta is at most 1 / (this × public row count). */
  deltaRows: z.int().min(1),
})
export type DpLedgerThresholds = z.infer<typeof DpLedgerThresholds>
export const FidelityThresholds = z.strictObject({
  minRatio: Share,
  /** Applies instead of minRatio under a DP claim with epsilon at most `lowEpsilon`. */
  minRatioLowEpsilon: Share,
  lowEpsilon: Decimal,
  minRows: Rows,
})
export type FidelityThresholds = z.infer<typeof FidelityThresholds>
export const UtilityThresholds = z.strictObject({ minRatio: Share, minRows: Rows })
export type UtilityThresholds = z.infer<typeof UtilityThresholds>
export const ValidityThresholds = z.strictObject({ maxViolations: Rows })
export type ValidityThresholds = z.infer<typeof ValidityThresholds>
/** Personal data in published strings: `checked` have a valid check digit, `replayed` stand in the training seeds. */
export const PersonalDataThresholds = z.strictObject({ maxChecked: Rows, maxReplayed: Rows })
export type PersonalDataThresholds = z.infer<typeof PersonalDataThresholds>
/** A span of a training text reaches the limit at so many words, Japanese or Chinese characters, or tokens of four letters. */
export const VerbatimThresholds = z.strictObject({
  maxWords: z.int().min(1),
  maxCharacters: z.int().min(1),
  maxTokens: z.int().min(1),
  /** Share of rows with a span of half the limit, at most. */
  maxShare: Share,
  minRows: Rows,
})
export type VerbatimThresholds = z.infer<typeof VerbatimThresholds>

/** Gates of a rulebook with their thresholds: a gate that is present is required, a gate in `unmeasured` blocks. */
export const GateThresholds = z.strictObject({
  policy: z.string().min(1).max(128),
  gates: z.strictObject({
    G0: EvidenceThresholds.optional(),
    G1: ExactCopyThresholds.optional(),
    G8: PersonalDataThresholds.optional(),
    G9: VerbatimThresholds.optional(),
    G11: DpLedgerThresholds.optional(),
    Q1: FidelityThresholds.optional(),
    Q2: UtilityThresholds.optional(),
    Q3: ValidityThresholds.optional(),
  }),
  /** Gates required by the rulebook that need a later version of the program. */
  unmeasured: z.array(GateId).default([]),
})
export type GateThresholds = z.infer<typeof GateThresholds>

/** Default policy of a new space; a rulebook may tighten it. */
export const baselineV1: GateThresholds = {
  policy: 'baseline-v1',
  gates: {
    G0: { minControlRows: 500, minControlShare: '0.25' },
    G1: { maxExcess: '0.001', chanceMatches: '0.0075', maxExcessWeak: '0.01', minRows: 3838 },
    G8: { maxChecked: 0, maxReplayed: 0 },
    G9: { maxWords: 25, maxCharacters: 40, maxTokens: 50, maxShare: '0.01', minRows: 381 },
    G11: { maxEpsilon: '3', deltaRows: 10 },
    Q1: { minRatio: '0.9', minRatioLowEpsilon: '0.85', lowEpsilon: '1', minRows: 1000 },
    Q2: { minRatio: '0.85', minRows: 500 },
    Q3: { maxViolations: 0 },
  },
  unmeasured: [],
}

/** `insufficient-evidence` never passes: too few rows, or something the gate needs was not there. */
export const Verdict = z.enum(['pass', 'fail', 'insufficient-evidence', 'not-applicable'])
export type Verdict = z.infer<typeof Verdict>

/** What one gate measured. Numbers are full precision: the full report never leaves the node. */
export const GateResult = z.object({
  gate: GateId,
  verdict: Verdict,
  /** What the value is, in words. */
  statistic: z.string(),
  value: z.number().optional(),
  /** 95 % bounds. */
  interval: z.object({ lower: z.number(), upper: z.number() }).optional(),
  /** The rule that was applied, in words, with its threshold. */
  rule: z.string(),
  /** Rows the statistic rests on. */
  rows: z.int().optional(),
  /** Why this verdict, for a person; names columns and constraints, never values. */
  reason: z.string(),
  /** A pass under a weaker rule says which. */
  note: z.string().optional(),
})
export type GateResult = z.infer<typeof GateResult>

/** Differential privacy that a dataset claims. */
export const DpClaim = z.object({
  epsilon: Decimal,
  delta: Decimal,
  rhoSpent: Rational,
  /** Sum over every run on the same seed set, this one included. */
  rhoTotal: Rational,
  unit: z.string(),
  rowsPerUnit: z.int(),
  neighbouring: z.literal('add-remove-unit'),
  domain: z.enum(['public', 'read-from-data']),
  /** Rows published are a constant of the recipe. */
  rowsConstant: z.boolean(),
  /** Number of seed rows estimated from the noisy counts. */
  publicRows: z.int(),
})
export type DpClaim = z.infer<typeof DpClaim>

export const FidelityDetail = z.object({
  accuracy: z.number(),
  univariate: z.number(),
  bivariate: z.number(),
  maximum: z.number(),
  ratio: z.number(),
  columns: z.array(z.object({ column: z.string(), accuracy: z.number(), maximum: z.number() })),
  pairs: z.array(z.object({ a: z.string(), b: z.string(), accuracy: z.number(), maximum: z.number() })),
})
export type FidelityDetail = z.infer<typeof FidelityDetail>

const Auc = z.object({ auc: z.number(), lower: z.number(), upper: z.number() })
export const UtilityDetail = z.object({
  target: z.string(),
  /** `one-against-rest`: the most frequent class of the training rows; `above-median`: of a number. */
  task: z.enum(['binary', 'one-against-rest', 'above-median']),
  trainRows: z.int(),
  testRows: z.int(),
  models: z.array(z.object({ model: z.enum(['logistic', 'boosting']), tstr: Auc, trtr: Auc, ratio: z.number() })),
})
export type UtilityDetail = z.infer<typeof UtilityDetail>

export const ValidityDetail = z.object({
  rows: z.int(),
  outsideDomain: z.array(z.object({ column: z.string(), rows: z.int() })),
  constraints: z.array(z.object({ name: z.string(), violations: z.int() })),
})
export type ValidityDetail = z.infer<typeof ValidityDetail>

export const CopyDetail = z.object({
  trainingOnly: z.int(),
  controlOnly: z.int(),
  both: z.int(),
  /** Mean number of times that a synthetic row with a one-sided match occurs, weighted by occurrence. */
  designEffect: z.number(),
  compared: z.object({ synthetic: z.int(), training: z.int(), control: z.int() }),
})
export type CopyDetail = z.infer<typeof CopyDetail>

export const PersonalDataDetail = z.object({
  /** Rows with a datum of each kind that was found. */
  found: z.array(z.object({ kind: z.string(), rows: z.int() })),
  /** Distinct data of the training seeds that occur in published strings. */
  replayed: z.array(z.object({ kind: z.string(), values: z.int() })),
})
export type PersonalDataDetail = z.infer<typeof PersonalDataDetail>

export const SpanDetail = z.object({
  /** 1 is the limit. */
  longest: z.object({ share: z.number(), characters: z.int(), words: z.int() }),
  /** Rows with a span of half the limit or more. */
  rowsWithSpan: z.int(),
})
export type SpanDetail = z.infer<typeof SpanDetail>

/** What was measured of published strings; counts only, never a text. */
export const TextDetail = z.object({
  /** Published columns with free texts, which are compared with the texts of the seeds. */
  columns: z.array(z.string()),
  rows: z.int(),
  /** Texts of the seeds. */
  seeds: z.object({ training: z.int(), control: z.int(), public: z.int() }),
  /** False: the seeds have more text than was compared. */
  complete: z.boolean(),
  personalData: PersonalDataDetail,
  /** `exact`: rows with a text that equals a training text. */
  copies: CopyDetail.extend({ exact: z.int() }).optional(),
  spans: SpanDetail.optional(),
})
export type TextDetail = z.infer<typeof TextDetail>

/** Everything measured; stays on the node, only its hash is public. */
export const FullReport = z.object({
  type: z.literal('urn:tanemaki:evaluation-report:v1'),
  policy: GateThresholds,
  /** Whom the data are about; gates that compare with seeds need not apply to public data. */
  subject: Subject,
  gates: z.array(GateResult),
  rows: z.object({ synthetic: z.int(), training: z.int(), control: z.int() }),
  claim: DpClaim.optional(),
  copies: CopyDetail.optional(),
  fidelity: FidelityDetail.optional(),
  utility: UtilityDetail.optional(),
  validity: ValidityDetail.optional(),
  texts: TextDetail.optional(),
  /** What was not tested, in words. */
  notTested: z.array(z.string()),
})
export type FullReport = z.infer<typeof FullReport>

/** Decision over the gates of a rulebook. */
export const Publishability = z.object({
  publishable: z.boolean(),
  /** One line per gate that blocks, for a person. */
  blockedBy: z.array(z.object({ gate: GateId, verdict: Verdict, reason: z.string() })),
})
export type Publishability = z.infer<typeof Publishability>

export const PublicGateResult = z.object({
  gate: GateId,
  verdict: Verdict,
  statistic: z.string(),
  /** Two significant digits. */
  value: Decimal.optional(),
  interval: z.object({ lower: Decimal, upper: Decimal }).optional(),
  rule: z.string(),
  note: z.string().optional(),
})
export type PublicGateResult = z.infer<typeof PublicGateResult>

/** Coarsened report that is published and signed: two significant digits, counts under 11 as `<11`. */
export const PublicReport = z.object({
  type: z.literal('urn:tanemaki:public-report:v1'),
  policy: GateThresholds,
  subject: Subject,
  evaluatedAt: Instant,
  /** How often the dataset was evaluated, this time included: every try tells a little more about the control set. */
  attempt: z.int().min(1),
  verdict: z.enum(['pass', 'fail', 'insufficient-evidence']),
  gates: z.array(PublicGateResult),
  rows: z.object({
    synthetic: z.int(),
    /** Rounded to two significant digits, or `<11`. */
    control: z.string(),
  }),
  claim: DpClaim.optional(),
  fidelity: z.object({ accuracy: Decimal, maximum: Decimal, ratio: Decimal }).optional(),
  utility: z
    .object({ target: z.string(), models: z.array(z.object({ model: z.string(), tstr: Decimal, trtr: Decimal })) })
    .optional(),
  notTested: z.array(z.string()),
})
export type PublicReport = z.infer<typeof PublicReport>
