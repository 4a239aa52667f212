/** What the order of waiting calls is made from. */
export interface Queued {
  /** Lower first: index of the candidate. */
  readonly priority: number
  /** What the beginnings of several prompts have in common, for example a seed. */
  readonly prefix?: string
}

interface Place<Item> {
  readonly item: Item
  readonly order: number
}

/** Prefixes that an endpoint is taken to have in its cache; older ones count as forgotten. */
const rememberedPrefixes = 256

/**
 * Waiting calls, lowest priority number first. Of calls with a common prefix the first goes alone while others can go instead, so
 * that the endpoint computes the prefix once (generation.md §7.3, seed-major order); never does a call wait where nothing else could go.
 */
export class CallQueue<Item extends Queued> {
  readonly #heap: Place<Item>[] = []
  readonly #held = new Map<string, Place<Item>[]>()
  readonly #prefixes = new Map<string, 'warming' | 'warm'>()
  #heldCount = 0
  #order = 0

  get size(): number {
    return this.#heap.length + this.#heldCount
  }

  add(item: Item): void {
    this.#push({ item, order: this.#order++ })
  }

  /** Takes the call that goes next. */
  take(): Item | undefined {
    for (;;) {
      const place = this.#pop()
      if (place === undefined) return this.#takeHeld()
      const { prefix } = place.item
      const state = prefix === undefined ? undefined : this.#prefixes.get(prefix)
      if (prefix === undefined || state === 'warm') return place.item
      if (state === undefined) {
        this.#remember(prefix, 'warming')
        return place.item
      }
      const held = this.#held.get(prefix)
      if (held === undefined) this.#held.set(prefix, [place])
      else held.push(place)
      this.#heldCount++
    }
  }

  /** A call that was taken has ended; those that waited for its prefix may go. */
  ended({ prefix }: Queued, answered: boolean): void {
    if (prefix === undefined) return
    if (answered) this.#remember(prefix, 'warm')
    else if (this.#prefixes.get(prefix) === 'warming') this.#prefixes.delete(prefix)
    const held = this.#held.get(prefix) ?? []
    this.#held.delete(prefix)
    this.#heldCount -= held.length
    for (const place of held) this.#push(place)
  }

  /** Takes all calls, in no order. */
  drain(): Item[] {
    const all = [...this.#heap, ...[...this.#held.values()].flat()].map(({ item }) => item)
    this.#heap.length = 0
    this.#held.clear()
    this.#heldCount = 0
    return all
  }

  #takeHeld(): Item | undefined {
    let first: { prefix: string; at: number; place: Place<Item> } | undefined
    for (const [prefix, places] of this.#held) {
      for (const [at, place] of places.entries()) {
        if (first === undefined || before(place, first.place)) first = { prefix, at, place }
      }
    }
    if (first === undefined) return undefined
    const places = this.#held.get(first.prefix) ?? []
    places.splice(first.at, 1)
    if (places.length === 0) this.#held.delete(first.prefix)
    this.#heldCount--
    return first.place.item
  }

  #remember(prefix: string, state: 'warming' | 'warm'): void {
    this.#prefixes.delete(prefix)
    this.#prefixes.set(prefix, state)
    for (const [oldest, oldestState] of this.#prefixes) {
      if (this.#prefixes.size <= rememberedPrefixes) return
      if (oldestState === 'warm') this.#prefixes.delete(oldest)
    }
  }

  #push(place: Place<Item>): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(place)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || before(above, place)) break
      heap[at] = above
      heap[parent] = place
      at = parent
    }
  }

  #pop(): Place<Item> | undefined {
    const heap = this.#heap
    const [top] = heap
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const [left, right] = [heap[child], heap[child + 1]]
      if (left === undefined) break
      if (right !== undefined && before(right, left)) child++
      const lesser = heap[child]
      if (lesser === undefined || before(last, lesser)) break
      heap[at] = lesser
      at = child
    }
    heap[at] = last
    return top
  }
}

function before<Item extends Queued>(a: Place<Item>, b: Place<Item>): boolean {
  return a.item.priority === b.item.priority ? a.order < b.order : a.item.priority < b.item.priority
}
