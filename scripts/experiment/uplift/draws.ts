import { createHash } from 'node:crypto'

/** A number of [0, 1) that is a function of the texts. */
export function unitOf(...texts: readonly string[]): number {
  return createHash('sha256').update(texts.join('\u0000')).digest().readUIntBE(0, 6) / 2 ** 48
}

export function chosen<Item>(items: readonly Item[], ...texts: readonly string[]): Item {
  const item = items[Math.floor(unitOf(...texts) * items.length)]
  if (item === undefined) throw new RangeError('nothing to choose from')
  return item
}

/** The same items, in an order that is a function of the texts. */
export function shuffledBy<Item>(items: readonly Item[], ...texts: readonly string[]): Item[] {
  return items
    .map((item, at) => ({ item, rank: unitOf(...texts, String(at)) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
