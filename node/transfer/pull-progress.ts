import type { CopyRecord, PullProgress } from '../../schemas/copies.ts'
import type { Clock } from '../ports/clock.ts'

/** A change that was never announced is looked for at the latest after this time. */
const SAFETY_NET_MS = 2000

/** Pulls whose numbers are kept after they came to rest. */
const MOST_REMEMBERED = 1000

type Live = Pick<PullProgress, 'verified' | 'received' | 'resource' | 'waiting' | 'total'>

/** How far the pulls of this process are, for whoever watches; nothing of it needs to survive. */
export class PullProgressBoard {
  readonly #clock: Clock
  readonly #live = new Map<string, Live>()
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  post(copyId: string, live: Live): void {
    this.#live.delete(copyId)
    this.#live.set(copyId, live)
    const [oldest] = this.#live.keys()
    if (this.#live.size > MOST_REMEMBERED && oldest !== undefined) this.#live.delete(oldest)
    for (const wake of this.#watchers.get(copyId) ?? []) wake()
  }

  /** The pull came to rest; the record says how it ended. */
  done(copyId: string): void {
    const live = this.#live.get(copyId)
    if (live !== undefined)
      this.#live.set(copyId, { verified: live.verified, received: live.received, total: live.total })
    for (const wake of this.#watchers.get(copyId) ?? []) wake()
  }

  latest(record: CopyRecord): PullProgress {
    const live = this.#live.get(record.id) ?? { verified: 0, received: 0, total: record.size }
    const whole = record.state === 'complete' ? { verified: record.size } : {}
    const failure = record.failure === undefined ? {} : { failure: record.failure }
    return { copyId: record.id, state: record.state, ...live, ...whole, ...failure }
  }

  /** Resolves at the next change, or when the signal aborts. */
  change(copyId: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(copyId) ?? new Set()
      this.#watchers.set(copyId, watchers)
      const wake = () => {
        watchers.delete(wake)
        if (watchers.size === 0) this.#watchers.delete(copyId)
        signal?.removeEventListener('abort', wake)
        cancel()
        resolve()
      }
      const cancel = this.#clock.after(SAFETY_NET_MS, wake)
      watchers.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }
}
