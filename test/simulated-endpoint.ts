import { ModelFailure, type Usage } from '../node/ports/models.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SimulatedOptions {
  readonly time: VirtualTime
  readonly capacity: number
  /** Milliseconds that an answer takes once it is worked on. */
  readonly serviceMs: (tokens: number) => number
  /** What happens beyond the capacity: calls queue, or are rejected, perhaps with Retry-After. */
  readonly beyond: 'queue' | { readonly retryAfterMs?: number }
}

/** An endpoint in virtual time that works on so many calls at once, and remembers how busy it was. */
export class SimulatedEndpoint {
  readonly #options: SimulatedOptions
  readonly #queue: (() => void)[] = []
  #running = 0
  #changedAt = 0
  /** Milliseconds with this many running calls. */
  #spent: number[] = []
  rejections = 0
  answers = 0

  constructor(options: SimulatedOptions) {
    this.#options = options
  }

  ask(tokens: number): Promise<{ readonly usage: Usage }> {
    const { capacity, beyond } = this.#options
    if (this.#running >= capacity && beyond !== 'queue') {
      this.rejections++
      return new Promise((_, reject) => {
        this.#options.time.after(1, () => reject(new ModelFailure('busy', 'answered 429', beyond.retryAfterMs)))
      })
    }
    return new Promise((resolve) => {
      const work = () => {
        this.#set(this.#running + 1)
        this.#options.time.after(this.#options.serviceMs(tokens), () => {
          this.answers++
          this.#set(this.#running - 1)
          this.#queue.shift()?.()
          resolve({ usage: { inputTokens: 100, cachedInputTokens: 0, outputTokens: tokens } })
        })
      }
      if (this.#running < capacity) work()
      else this.#queue.push(work)
    })
  }

  /** Forgets what was before: measuring begins. */
  measure(): void {
    this.#set(this.#running)
    this.#spent = []
  }

  /** Share of the time since `measure` with at least 95 % of the capacity at work. */
  busyShare(): number {
    this.#set(this.#running)
    const total = this.#spent.reduce((sum, ms) => sum + ms, 0)
    const busy = this.#spent.slice(Math.ceil(0.95 * this.#options.capacity)).reduce((sum, ms) => sum + ms, 0)
    return busy / total
  }

  #set(running: number): void {
    const now = this.#options.time.now()
    for (let at = this.#spent.length; at <= this.#running; at++) this.#spent[at] = 0
    this.#spent[this.#running] = (this.#spent[this.#running] ?? 0) + now - this.#changedAt
    this.#changedAt = now
    this.#running = running
  }
}
