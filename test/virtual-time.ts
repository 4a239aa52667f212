import type { Clock } from '../node/ports/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock whose time passes only when it is told to, from one timer to the next. */
export class VirtualTime implements Clock {
  #now = 0
  #order = 0
  readonly #timers: Timer[] = []
  readonly #cancelled = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, order: this.#order++, run }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#timers[middle]
      // Latest first, so that the next one is popped.
      if (other !== undefined && other.at > timer.at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => void this.#cancelled.add(timer)
  }

  /** Lets time pass until `end`, or until no timer is left; promises settle between two timers. */
  async passUntil(end: number): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve()
      const next = this.#timers.at(-1)
      if (next === undefined || next.at > end) break
      this.#timers.pop()
      if (this.#cancelled.delete(next)) continue
      this.#now = next.at
      next.run()
    }
    this.#now = Math.max(this.#now, end)
  }
}
