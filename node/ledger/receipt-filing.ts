import type { JobDraft } from '../ports/queue.ts'

/** Work that follows every receipt: it is laid beside the copies of its exchange. */
export const FILING_QUEUE = 'receipt-file'

export function filingDraft(exchangeId: string): JobDraft {
  return { queue: FILING_QUEUE, key: exchangeId, payload: { exchangeId } }
}
