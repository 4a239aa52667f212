/** Texts of one band key that a later one is compared with: the first, and the nearest before it. */
const NEAREST = 8

/** Pairs of text numbers, earlier then later; and how many more shared the key. */
export interface CandidatePairs {
  readonly pairs: Uint32Array
  readonly passedOver: number
}

function bucketOf(key: number, mask: number): number {
  return (Math.imul(key ^ (key >>> 16), 0x9e3779b1) >>> 7) & mask
}

/**
 * Candidates of one band of locality-sensitive hashing: texts with equal keys. `keys[i]` belongs to text `texts[i]`; texts ascend.
 * Where many share a key each is paired with the first and the eight before it, so that the work stays linear.
 * Memory: at most 36 bytes per text beside the pairs.
 */
export function pairsInBand(keys: Uint32Array, texts: Uint32Array): CandidatePairs {
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * keys.length))) - 1
  const last = new Int32Array(mask + 1).fill(-1)
  const before = new Int32Array(keys.length).fill(-1)
  const first = new Int32Array(keys.length)
  const size = new Uint32Array(keys.length)
  let pairs = new Uint32Array(1024)
  let count = 0
  let passedOver = 0
  const add = (earlier: number, later: number) => {
    if (count === pairs.length) {
      const grown = new Uint32Array(2 * count)
      grown.set(pairs)
      pairs = grown
    }
    pairs[count] = texts[earlier] ?? 0
    pairs[count + 1] = texts[later] ?? 0
    count += 2
  }
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? 0
    let bucket = bucketOf(key, mask)
    while (last[bucket] !== -1 && keys[last[bucket] ?? 0] !== key) bucket = (bucket + 1) & mask
    const previous = last[bucket] ?? -1
    last[bucket] = at
    first[at] = previous === -1 ? at : (first[previous] ?? at)
    size[at] = previous === -1 ? 0 : (size[previous] ?? 0) + 1
    before[at] = previous
    let earlier = previous
    let paired = 0
    for (; paired < NEAREST && earlier !== -1; paired += 1) {
      add(earlier, at)
      earlier = before[earlier] ?? -1
    }
    if (earlier === -1) continue
    add(first[at] ?? at, at)
    passedOver += (size[at] ?? 0) - paired - 1
  }
  return { pairs: pairs.subarray(0, count), passedOver }
}

/**
 * The distinct pairs of several bands whose later text is from `from` to `to − 1`, ascending by the later, then by the earlier.
 * At most 2^21 texts at once.
 */
export function distinctPairs(
  bands: readonly Uint32Array[],
  { from, to }: { readonly from: number; readonly to: number },
): Uint32Array {
  if (to - from > 2 ** 21) throw new RangeError('too many texts at once')
  const all = new Float64Array(bands.reduce((sum, pairs) => sum + pairs.length / 2, 0))
  let found = 0
  for (const pairs of bands) {
    for (let at = 0; at < pairs.length; at += 2) {
      const later = pairs[at + 1] ?? 0
      if (later < from || later >= to) continue
      all[found] = (later - from) * 2 ** 32 + (pairs[at] ?? 0)
      found += 1
    }
  }
  const sorted = all.subarray(0, found).sort()
  const distinct = new Uint32Array(2 * found)
  let count = 0
  for (let at = 0; at < found; at += 1) {
    const pair = sorted[at] ?? 0
    if (at > 0 && pair === sorted[at - 1]) continue
    distinct[count] = pair % 2 ** 32
    distinct[count + 1] = Math.floor(pair / 2 ** 32) + from
    count += 2
  }
  return distinct.slice(0, count)
}

/**
 * Marks in `removed` (one byte per text) every text that is similar to an earlier one which was not removed itself. Pairs come
 * ascending by the later text; may be called again with further pairs.
 */
export function removeLater(removed: Uint8Array, pairs: Uint32Array): void {
  for (let at = 0; at < pairs.length; at += 2) {
    if (removed[pairs[at] ?? 0] === 0) removed[pairs[at + 1] ?? 0] = 1
  }
}
