const fewestSamples = 5

/** One answered call: how long it took per token that it made, and what kind of question it was. */
export interface Pace {
  readonly kind: string
  readonly msPerToken: number
}

/**
 * How much slower an endpoint is than at first, as a factor that is comparable while the mix of questions changes: short answers of a
 * judge take longer per token than long texts, so every kind of question is compared with itself.
 */
export class Slowdown {
  readonly #reference = new Map<string, number>()
  #last = 1

  /** The factor in a window of calls: the median over its calls. */
  of(window: readonly Pace[]): number {
    const known = window.flatMap(({ kind, msPerToken }) => {
      const reference = this.#reference.get(kind)
      return reference === undefined ? [] : [msPerToken / reference]
    })
    if (known.length >= fewestSamples || this.#reference.size > 0) this.#last = median(known) ?? this.#last
    this.#learn(window)
    return this.#last
  }

  /** A kind that is met for the first time is taken to be as slow as the endpoint is now. */
  #learn(window: readonly Pace[]): void {
    const unknown = new Map<string, number[]>()
    for (const { kind, msPerToken } of window) {
      if (this.#reference.has(kind)) continue
      const paces = unknown.get(kind)
      if (paces === undefined) unknown.set(kind, [msPerToken])
      else paces.push(msPerToken)
    }
    for (const [kind, paces] of unknown) {
      const pace = median(paces)
      if (paces.length >= fewestSamples && pace !== undefined && pace > 0) this.#reference.set(kind, pace / this.#last)
    }
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
