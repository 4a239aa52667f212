/** A uniform sample of a stream whose length is not known before. */
export interface Reservoir<Item> {
  /** Offers the next item of the stream. */
  offer(item: Item): void
  /** Items of the stream so far. */
  readonly seen: number
  /** The sample, in no order that means anything; the whole stream, in order, while it is not longer than the size. */
  readonly items: readonly Item[]
}

/**
 * Algorithm R (Vitter, ACM TOMS 1985): each item of the stream is in the sample with the same probability. `unit` gives a uniform
 * number in (0, 1) for the place in the stream, so the same stream gives the same sample.
 */
export function createReservoir<Item>(size: number, unit: (place: number) => number): Reservoir<Item> {
  const items: Item[] = []
  let seen = 0
  return {
    offer: (item) => {
      const at = seen < size ? seen : Math.floor(unit(seen) * (seen + 1))
      if (at < size) items[at] = item
      seen += 1
    },
    get seen() {
      return seen
    },
    items,
  }
}
