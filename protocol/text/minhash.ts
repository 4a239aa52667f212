import { codePoints } from './normalise.ts'

/** Finaliser of MurmurHash3 (Appleby): a permutation of the 32-bit numbers. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Sorted distinct numbers. */
function distinct(values: Uint32Array): Uint32Array {
  const sorted = values.sort()
  let size = 0
  for (const [at, value] of sorted.entries()) {
    if (at > 0 && value === sorted[size - 1]) continue
    sorted[size] = value
    size += 1
  }
  return sorted.slice(0, size)
}

/**
 * Features of a text: sorted distinct 32-bit hashes of its runs of `from` to `to` code points; of the whole text when it is
 * shorter. Compared as it is: normalise it before.
 */
export function characterFeatures(text: string, from: number, to = from): Uint32Array {
  const points = codePoints(text)
  return runFeatures(points, from, to)
}

/** Features of a list of words: sorted distinct 32-bit hashes of its runs of `n` words; of the whole list when it is shorter. */
export function wordFeatures(list: readonly string[], n: number): Uint32Array {
  const hashes = Uint32Array.from(list, (word) => {
    let hash = 0x811c9dc5
    for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
    return mix(hash)
  })
  return runFeatures(hashes, n, n)
}

function runFeatures(items: Uint32Array, from: number, to: number): Uint32Array {
  if (items.length === 0) return new Uint32Array(0)
  const lengths = Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((n) => n <= items.length)
  const used = lengths.length === 0 ? [items.length] : lengths
  const values = new Uint32Array(used.reduce((sum, n) => sum + items.length - n + 1, 0))
  let size = 0
  for (const n of used) {
    for (let start = 0; start + n <= items.length; start += 1) {
      let hash = n
      for (let at = start; at < start + n; at += 1)
        hash = Math.imul(hash ^ (items[at] ?? 0), 0x9e3779b1) ^ (hash >>> 15)
      values[size] = mix(hash)
      size += 1
    }
  }
  return distinct(values)
}

/** |a ∩ b| ÷ |a ∪ b| of two sorted lists of distinct numbers; 1 when both are empty. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let [left, right, both] = [0, 0, 0]
  while (left < a.length && right < b.length) {
    const x = a[left] ?? 0
    const y = b[right] ?? 0
    if (x === y) both += 1
    if (x <= y) left += 1
    if (y <= x) right += 1
  }
  const union = a.length + b.length - both
  return union === 0 ? 1 : both / union
}

/**
 * MinHash signature of `size` independent permutations (Broder 1997): the share of equal entries of two signatures estimates
 * the Jaccard similarity of the features. Persona Hub's first deduplication is this over 1-grams with size 128 and 0.9.
 */
export function permutationSignature(features: Uint32Array, size = 128): Uint32Array {
  const signature = new Uint32Array(size).fill(0xffffffff)
  for (let at = 0; at < size; at += 1) {
    const salt = mix(at + 1)
    const odd = mix(salt) | 1
    let least = 0xffffffff
    for (const feature of features) {
      const value = mix(Math.imul(feature, odd) + salt)
      if (value < least) least = value
    }
    signature[at] = least
  }
  return signature
}

/**
 * MinHash signature of one permutation cut into `size` bins, a power of two (Li, Owen and Zhang, NIPS 2012), empty bins
 * filled by optimal densification (Shrivastava, ICML 2017). Read as `permutationSignature`, four times as fast.
 */
export function binSignature(features: Uint32Array, size = 128): Uint32Array {
  const signature = new Uint32Array(size)
  if (features.length === 0) return signature.fill(0xffffffff)
  const filled = new Uint8Array(size)
  const shift = 32 - Math.log2(size)
  for (const feature of features) {
    const value = mix(feature ^ 0x5bd1e995)
    const bin = value >>> shift
    if (filled[bin] === 1 && value >= (signature[bin] ?? 0)) continue
    signature[bin] = value
    filled[bin] = 1
  }
  for (let bin = 0; bin < size; bin += 1) {
    if (filled[bin] === 1) continue
    let from = bin
    for (let attempt = 1; filled[from] !== 1; attempt += 1)
      from = mix(Math.imul(bin + 1, 0x9e3779b1) + attempt) >>> shift
    signature[bin] = signature[from] ?? 0
  }
  return signature
}

/** Estimated Jaccard similarity: share of equal entries of two signatures of one form and size. */
export function estimatedJaccard(a: Uint32Array, b: Uint32Array): number {
  let equal = 0
  for (const [at, value] of a.entries()) if (value === b[at]) equal += 1
  return a.length === 0 ? 1 : equal / a.length
}

/** One 32-bit key per band of `rows` entries: texts that share a key of the same band are candidates (locality-sensitive hashing). */
export function bandKeys(signature: Uint32Array, rows: number): Uint32Array {
  const keys = new Uint32Array(Math.floor(signature.length / rows))
  for (let band = 0; band < keys.length; band += 1) {
    let hash = band + 1
    for (let at = band * rows; at < (band + 1) * rows; at += 1) hash = mix(Math.imul(hash, 31) ^ (signature[at] ?? 0))
    keys[band] = hash
  }
  return keys
}

/**
 * Rows per band for signatures of `size` entries: the most, and so the fewest candidates, with which texts as similar as
 * `threshold` share a band with probability 0.999.
 */
export function rowsPerBand(threshold: number, size = 128): number {
  const found = (rows: number): number => 1 - (1 - threshold ** rows) ** Math.floor(size / rows)
  return [16, 8, 4, 2].find((rows) => found(rows) >= 0.999) ?? 1
}
