import type { HttpResponse } from '../../ports/http-client.ts'
import { SinkBusy, SinkRefusal } from '../../ports/push-sink.ts'

/** Request Timeout, Too Early, Too Many Requests: the storage asks for another try. */
const ASK_AGAIN = new Set([408, 425, 429])

/** Throws what an answer other than success means for a push. `reason`: a word of the storage that is shown with the status. */
export function expectTaken({ status }: Pick<HttpResponse, 'status'>, reason?: string): void {
  if (status >= 200 && status < 300) return
  throw status >= 500 || ASK_AGAIN.has(status) ? new SinkBusy(status) : new SinkRefusal(status, reason)
}

export interface SinkTimes {
  /** Silence of the storage after which a request is given up, ms. */
  readonly idleMs: number
  /** A request may take so long, ms, and longer by its size over `slowest`. */
  readonly answerMs: number
  /** Bytes per second; a storage that takes fewer occupies a place that others wait for. */
  readonly slowest: number
}

export function timesFor({ idleMs, answerMs, slowest }: SinkTimes, bytes: number) {
  return { idleMs, timeoutMs: answerMs + Math.ceil((bytes / slowest) * 1000) }
}
