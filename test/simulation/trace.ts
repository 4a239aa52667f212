import type { Timeline } from './timeline.ts'

const KEPT = 80

/** What happened, in order. The digest is the same whenever the same happens. */
export class Trace {
  readonly #timeline: Timeline
  readonly #sink: ((line: string) => void) | undefined
  readonly #last: string[] = []
  #high = 0xcbf2_9ce4 | 0
  #low = 0x8422_2325 | 0

  constructor(timeline: Timeline, sink?: (line: string) => void) {
    this.#timeline = timeline
    this.#sink = sink
  }

  write(node: string, text: string): void {
    const line = `${(this.#timeline.now / 1000).toFixed(3).slice(-9)} ${node.padEnd(9)} ${text}`
    for (let at = 0; at < line.length; at += 1) {
      const code = line.charCodeAt(at)
      this.#high = Math.imul(this.#high ^ code, 0x0100_0193)
      this.#low = Math.imul(this.#low ^ (code + at), 0x85eb_ca6b)
    }
    if (this.#last.length >= KEPT) this.#last.shift()
    this.#last.push(line)
    this.#sink?.(line)
  }

  get last(): readonly string[] {
    return this.#last
  }

  get digest(): string {
    return [this.#high, this.#low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
