import * as z from 'zod'
import { ReceiptType } from './ledger.ts'

/**
 * held: this node has it. co-signed, one-sided (signed by this node alone), refused: a receipt. missing: due and not there.
 * not-yet: not due.
 */
export const EvidenceState = z.enum(['held', 'co-signed', 'one-sided', 'refused', 'missing', 'not-yet'])
export type EvidenceState = z.infer<typeof EvidenceState>

/** One thing that proves an exchange, as one side holds it. Nothing is assumed: what nobody has signed is missing. */
export const EvidenceItem = z.object({
  evidence: z.enum(['agreement', 'manifest', ...ReceiptType.options]),
  state: EvidenceState,
  /** Id of the agreement, the manifest or the receipt. */
  id: z.string().optional(),
  /** Receipts of a transfer: the provider's id of it. */
  transferId: z.string().optional(),
  /** Why it is not there, or not signed by both; one sentence. */
  reason: z.string().optional(),
})
export type EvidenceItem = z.infer<typeof EvidenceItem>
