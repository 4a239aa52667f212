import type { Random } from '../../node/ports/random.ts'

/** A stream of numbers that is a pure function of its label: the same label gives the same numbers on every machine. */
export interface Stream {
  /** In [0, 1). */
  next(): number
  /** Integer in [from, to]. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  bytes(length: number): Uint8Array
}

/** xmur3 over the label seeds sfc32; both are public domain, small, and pass PractRand. */
export function stream(label: string): Stream {
  const word = hashed(label)
  let [a, b, c, d] = [word(), word(), word(), 1]
  const word32 = () => {
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  for (let warm = 0; warm < 12; warm += 1) word32()
  const next = () => word32() / 2 ** 32
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    bytes: (length) => Uint8Array.from({ length }, () => word32() & 255),
  }
}

function hashed(label: string): () => number {
  let h = 1_779_033_703 ^ label.length
  for (let at = 0; at < label.length; at += 1) {
    h = Math.imul(h ^ label.charCodeAt(at), 3_432_918_353)
    h = (h << 13) | (h >>> 19)
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2_246_822_507)
    h = Math.imul(h ^ (h >>> 13), 3_266_489_909)
    return (h ^= h >>> 16) >>> 0
  }
}

/** The Random port on a stream. */
export function seededRandom(numbers: Stream): Random {
  return {
    bytes: (length) => numbers.bytes(length),
    uuid: () => {
      const hex = Buffer.from(numbers.bytes(16)).toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
    },
  }
}
