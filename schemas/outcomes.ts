import * as z from 'zod'
import { Decimal } from './decimal.ts'
import { Sha256 } from './ids.ts'
import { CellValue, RowColumnName } from './row-columns.ts'

/**
 * Why a candidate became no row. Of the model: `truncated`, `content-filter`, `parse`, `schema`, `lying`, `refused`, `timeout`,
 * `server`. Of the recipe: `render`, `conversion`, `validator:<name>`, `accept`, `near-duplicate`.
 */
export const RejectionReason = z.string().regex(/^[a-z][a-z-]*(:[A-Za-z0-9_]+)?$/)
export type RejectionReason = z.infer<typeof RejectionReason>

const Tokens = z.int().min(0)
export const TokenUsage = z.object({ inputTokens: Tokens, cachedInputTokens: Tokens, outputTokens: Tokens })
export type TokenUsage = z.infer<typeof TokenUsage>

/** What a run has paid for. */
export const Spent = z.object({
  calls: z.int().min(0),
  tokens: TokenUsage,
  /** In the currency of the prices; absent when no endpoint has a price. */
  money: Decimal.optional(),
  currency: z.string().optional(),
})
export type Spent = z.infer<typeof Spent>

/** One answer of a model that a candidate rests on; in the order in which they were asked for within a column. */
export const Call = z.object({
  column: RowColumnName,
  /** 0-based; a correction counts as an attempt of its own. */
  attempt: z.int().min(0),
  model: z.string(),
  servedModel: z.string(),
  /** Drawn from the run seed where the recipe gives distributions. */
  temperature: z.number().optional(),
  topP: z.number().optional(),
  requestSeed: z.int().optional(),
  /** Key of the answer: an authentication code over the whole request, which tells nothing without the node's key. */
  request: Sha256,
  /** SHA-256 of what was asked: the RFC 8785 form of the messages, or of the texts to embed. Not salted, so it never leaves the node. */
  prompt: Sha256,
  /** Salted by the request's code. */
  answer: Sha256,
  usage: TokenUsage,
})
export type Call = z.infer<typeof Call>

/** What became of one candidate. Private: it holds texts made from seeds. */
export const Outcome = z.object({
  index: z.int().min(0),
  verdict: z.enum(['accepted', 'rejected']),
  reason: RejectionReason.optional(),
  /** Column at which it was rejected. */
  column: z.string().optional(),
  /** Record of each source that the candidate read. */
  sources: z.record(z.string(), z.int()),
  skipped: z.array(z.string()),
  /** All cells that were made, dropped columns too. */
  cells: z.record(z.string(), CellValue),
  calls: z.array(Call),
})
export type Outcome = z.infer<typeof Outcome>

/** Outcomes of neighbouring candidates, as one sealed file. */
export const OutcomeSegment = z.object({ outcomes: z.array(Outcome).min(1) })
export type OutcomeSegment = z.infer<typeof OutcomeSegment>
