import { SeededStream } from '../../../protocol/generation/seeded-stream.ts'
import { normaliseForComparison } from '../../../protocol/text/normalise.ts'

/** A question, and what its answer claims. */
export interface Lesson {
  readonly question: string
  readonly label: string
}

export interface StudentOptions {
  /** Questions shown, one a step; the lessons are gone through again and again in orders of the seed. */
  readonly steps: number
  readonly seed: number
  /** Step size at the start; it falls linearly to 0. */
  readonly learningRate?: number
}

export interface Guess {
  readonly label: string
  readonly probability: number
}

const buckets = 1 << 15
const gramLengths = [2, 3, 4, 5]

/**
 * Hashed character n-grams of a question (FNV-1a, 2 to 5 code units, word boundaries marked), each once. Buckets that two n-grams
 * share are taken as one feature.
 */
export function features(question: string): Uint16Array {
  const text = ` ${normaliseForComparison(question)} `
  const found = new Set<number>()
  for (const length of gramLengths) {
    for (let at = 0; at + length <= text.length; at++) {
      let hash = 0x811c9dc5
      for (let next = at; next < at + length; next++) hash = Math.imul(hash ^ text.charCodeAt(next), 0x01000193)
      found.add((hash ^ (hash >>> 15)) & (buckets - 1))
    }
  }
  return Uint16Array.from(found)
}

/** A linear softmax from n-grams of a question to what answers claim: it memorises, and generalises by shared letters alone. */
export class Student {
  readonly #labels: readonly string[]
  readonly #weights: Float32Array
  readonly #scores: Float64Array

  constructor(labels: readonly string[]) {
    this.#labels = labels
    this.#weights = new Float32Array(buckets * labels.length)
    this.#scores = new Float64Array(labels.length)
  }

  /** Stochastic gradient descent on the cross-entropy. Deterministic. */
  learn(lessons: readonly Lesson[], { steps, seed, learningRate = 1 }: StudentOptions): void {
    const numbers = new Map(this.#labels.map((label, at) => [label, at]))
    const prepared = new Map<string, Uint16Array>()
    for (const { question } of lessons) if (!prepared.has(question)) prepared.set(question, features(question))
    const stream = new SeededStream(new Uint8Array(32).fill(seed), 0)
    let order: Lesson[] = []
    for (let step = 0; step < steps; step++) {
      if (order.length === 0) order = shuffled(lessons, stream)
      const lesson = order.pop()
      if (lesson === undefined) return
      this.#step(prepared.get(lesson.question) ?? features(lesson.question), {
        target: numbers.get(lesson.label) ?? -1,
        rate: learningRate * (1 - step / steps),
      })
    }
  }

  /** Most probable first. */
  guesses(question: string): Guess[] {
    this.#predict(features(question))
    return this.#labels
      .map((label, at) => ({ label, probability: this.#scores[at] ?? 0 }))
      .toSorted((a, b) => b.probability - a.probability)
  }

  #step(active: Uint16Array, { target, rate }: { target: number; rate: number }): void {
    this.#predict(active)
    const [weights, scores, size] = [this.#weights, this.#scores, this.#labels.length]
    for (let at = 0; at < size; at++) scores[at] = rate * ((at === target ? 1 : 0) - (scores[at] ?? 0))
    const scale = 1 / Math.sqrt(active.length)
    for (const feature of active) {
      const base = feature * size
      for (let at = 0; at < size; at++) weights[base + at] = (weights[base + at] ?? 0) + scale * (scores[at] ?? 0)
    }
  }

  /** Leaves the probabilities of all labels in `#scores`. */
  #predict(active: Uint16Array): void {
    const [weights, scores, size] = [this.#weights, this.#scores, this.#labels.length]
    scores.fill(0)
    for (const feature of active) {
      const base = feature * size
      for (let at = 0; at < size; at++) scores[at] = (scores[at] ?? 0) + (weights[base + at] ?? 0)
    }
    const scale = 1 / Math.sqrt(active.length)
    let highest = Number.NEGATIVE_INFINITY
    for (const score of scores) highest = Math.max(highest, score * scale)
    let total = 0
    for (let at = 0; at < size; at++) total += scores[at] = Math.exp((scores[at] ?? 0) * scale - highest)
    for (let at = 0; at < size; at++) scores[at] = (scores[at] ?? 0) / total
  }
}

function shuffled<Item>(items: readonly Item[], stream: SeededStream): Item[] {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = stream.below(at + 1)
    const [one, two] = [order[at], order[other]]
    if (one === undefined || two === undefined) continue
    order[at] = two
    order[other] = one
  }
  return order
}
