import { codePoints } from './normalise.ts'

/** Stands between two texts; no code point, so no span crosses it. */
const BOUNDARY = 0x110000
const CHILD_BITS_START = 1 << 10

/** Longest run of code points that a text has in common with one of the automaton's texts. */
export interface CommonSpan {
  /** In code points of the text. */
  readonly start: number
  readonly length: number
}

/**
 * Suffix automaton of many texts over code points (Blumer et al., 1985): recognises every span of them. Built once in time
 * proportional to their length, at most 2 states and 3 transitions per code point, about 80 bytes each in all.
 */
export class SuffixAutomaton {
  #length = new Int32Array(64)
  #link = new Int32Array(64).fill(-1)
  #firstEdge = new Int32Array(64).fill(-1)
  #states = 1
  #edgeFrom = new Int32Array(64)
  #edgeBy = new Int32Array(64)
  #edgeTo = new Int32Array(64)
  #edgeNext = new Int32Array(64)
  #edges = 0
  /** Edge by (state, code point): open addressing, −1 is free. */
  #slots = new Int32Array(CHILD_BITS_START).fill(-1)
  #last = 0

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.add(text)
  }

  /** Number of states, for those who watch memory. */
  get states(): number {
    return this.#states
  }

  /** Takes one more text in; compared as it is: normalise it before. */
  add(text: string): void {
    for (const point of codePoints(text)) this.#extend(point)
    this.#extend(BOUNDARY)
  }

  /**
   * For each code point of the text the length of the longest span that ends there and that one of the automaton's texts has:
   * matching statistics (Chang and Lawler, 1994), in time proportional to the text.
   */
  matchLengths(points: Uint32Array): Int32Array {
    const lengths = new Int32Array(points.length)
    let state = 0
    let length = 0
    for (const [at, point] of points.entries()) {
      let edge = this.#edge(state, point)
      while (edge < 0 && state !== 0) {
        state = this.#link[state] ?? 0
        length = this.#length[state] ?? 0
        edge = this.#edge(state, point)
      }
      if (edge >= 0) {
        state = this.#edgeTo[edge] ?? 0
        length += 1
      }
      lengths[at] = length
    }
    return lengths
  }

  longestCommonSpan(text: string): CommonSpan {
    let longest = { start: 0, length: 0 }
    for (const [at, length] of this.matchLengths(codePoints(text)).entries()) {
      if (length > longest.length) longest = { start: at - length + 1, length }
    }
    return longest
  }

  #extend(point: number): void {
    const current = this.#newState((this.#length[this.#last] ?? 0) + 1)
    let state = this.#last
    while (state >= 0 && this.#edge(state, point) < 0) {
      this.#connect(state, point, current)
      state = this.#link[state] ?? -1
    }
    this.#link[current] = state < 0 ? 0 : this.#split(state, point)
    this.#last = current
  }

  /** State that holds exactly the spans of `state` followed by `point`; splits the one that holds longer ones too. */
  #split(state: number, point: number): number {
    const target = this.#edgeTo[this.#edge(state, point)] ?? 0
    const length = (this.#length[state] ?? 0) + 1
    if (this.#length[target] === length) return target
    const clone = this.#newState(length)
    for (let edge = this.#firstEdge[target] ?? -1; edge >= 0; edge = this.#edgeNext[edge] ?? -1) {
      this.#connect(clone, this.#edgeBy[edge] ?? 0, this.#edgeTo[edge] ?? 0)
    }
    this.#link[clone] = this.#link[target] ?? 0
    this.#link[target] = clone
    for (let from = state; from >= 0; from = this.#link[from] ?? -1) {
      const edge = this.#edge(from, point)
      if (this.#edgeTo[edge] !== target) break
      this.#edgeTo[edge] = clone
    }
    return clone
  }

  #newState(length: number): number {
    const state = this.#states
    if (state === this.#length.length) {
      this.#length = doubled(this.#length)
      this.#link = doubled(this.#link)
      this.#firstEdge = doubled(this.#firstEdge)
    }
    this.#length[state] = length
    this.#link[state] = -1
    this.#firstEdge[state] = -1
    this.#states += 1
    return state
  }

  #connect(state: number, point: number, to: number): void {
    const edge = this.#edges
    if (edge === this.#edgeTo.length) {
      this.#edgeFrom = doubled(this.#edgeFrom)
      this.#edgeBy = doubled(this.#edgeBy)
      this.#edgeTo = doubled(this.#edgeTo)
      this.#edgeNext = doubled(this.#edgeNext)
    }
    this.#edgeFrom[edge] = state
    this.#edgeBy[edge] = point
    this.#edgeTo[edge] = to
    this.#edgeNext[edge] = this.#firstEdge[state] ?? -1
    this.#firstEdge[state] = edge
    this.#edges += 1
    if (this.#edges * 2 > this.#slots.length) this.#rehash()
    else this.#place(edge)
  }

  #edge(state: number, point: number): number {
    const mask = this.#slots.length - 1
    for (let at = slotOf(state, point) & mask; ; at = (at + 1) & mask) {
      const edge = this.#slots[at] ?? -1
      if (edge < 0) return -1
      if (this.#edgeFrom[edge] === state && this.#edgeBy[edge] === point) return edge
    }
  }

  #place(edge: number): void {
    const mask = this.#slots.length - 1
    let at = slotOf(this.#edgeFrom[edge] ?? 0, this.#edgeBy[edge] ?? 0) & mask
    while ((this.#slots[at] ?? -1) >= 0) at = (at + 1) & mask
    this.#slots[at] = edge
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let edge = 0; edge < this.#edges; edge += 1) this.#place(edge)
  }
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}

function slotOf(state: number, point: number): number {
  const hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(point, 0x85ebca6b)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** Longest span that two texts have in common. */
export function longestCommonSpan(text: string, reference: string): CommonSpan {
  return new SuffixAutomaton([reference]).longestCommonSpan(text)
}
