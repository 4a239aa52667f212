import { reasonTexts } from './process.ts'

/** What a peer's HTTP answer means for a message that is pending. */
export type AnswerMeaning = 'acknowledged' | 'refused' | 'again'

const AGAIN_ALWAYS = new Set([408, 425, 429])
/** Peers answer these while they are not ready: unknown process (theirs is not stored yet), token not verified, busy process. */
const AGAIN_LATER = new Set([401, 404, 409])

/**
 * DSP 2025-1 answers 2xx for taken and 4xx for refused, but connectors also say 401, 404 and 409 for what passes. Those are
 * tried again, except where nothing is at stake: a first request, and a termination, which a peer without the process has
 * fulfilled already. A web page with 2xx (`page`) is no acknowledgement: something in front of the peer has written it.
 */
export function meaningOf(
  status: number,
  { says, first, page = false }: { readonly says: string; readonly first: boolean; readonly page?: boolean },
): AnswerMeaning {
  if (status >= 200 && status < 300) return page ? 'again' : 'acknowledged'
  if (status < 400 || status >= 500 || AGAIN_ALWAYS.has(status)) return 'again'
  if (first) return status === 409 ? 'again' : 'refused'
  if (says === 'termination') return status === 401 ? 'again' : 'refused'
  return AGAIN_LATER.has(status) ? 'again' : 'refused'
}

/** Reasons in the error body of a peer, as texts; never more than 16 of 500 characters. */
export function reasonsIn(body: unknown, status: number): string[] {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined
  const items: unknown[] = Array.isArray(reason) ? reason : [reason]
  const texts = reasonTexts(items).map((text) => text.slice(0, 500))
  return texts.length === 0 ? [`the peer answered ${status}`] : texts.slice(0, 16)
}
