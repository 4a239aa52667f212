/** What is planned for a time; equal times run in the order they were planned. */
interface Planned {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/**
 * Virtual time. Nothing here waits: a step takes the next planned event, sets the time to its time, runs it, and lets
 * everything that follows from it without a timer come to rest.
 */
export class Timeline {
  now: number
  steps = 0
  readonly #heap: Planned[] = []
  #planned = 0

  constructor(now: number) {
    this.now = now
  }

  /** Runs `run` after `ms` of virtual time; the returned function cancels it. */
  after(ms: number, run: () => void): () => void {
    const planned: Planned = { at: this.now + Math.max(0, ms), order: this.#planned, run }
    this.#planned += 1
    this.#push(planned)
    return () => {
      planned.run = undefined
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve))
  }

  /** False when nothing is planned up to `until`; the time is `until` then. */
  async step(until: number): Promise<boolean> {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) {
        this.now = until
        return false
      }
      this.#pop()
      if (next.run === undefined) continue
      this.now = next.at
      this.steps += 1
      next.run()
      await settled()
      return true
    }
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(planned)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(planned, heap[parent])) break
      heap[at] = heap[parent] ?? planned
      at = parent
    }
    heap[at] = planned
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const least = before(heap[left + 1], heap[left]) ? left + 1 : left
      const child = heap[least]
      if (child === undefined || !before(child, last)) break
      heap[at] = child
      at = least
    }
    heap[at] = last
  }
}

function before(a: Planned | undefined, b: Planned | undefined): boolean {
  if (a === undefined) return false
  return b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Resolves once no promise is left that could go on by itself: every port of the simulation is without real waiting. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
