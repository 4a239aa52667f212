import { avalanche } from './features.ts'

/** Values in a signature. */
export const SIGNATURE = 128

/** Writes the signature of a set of feature hashes (with repetitions or not) over `into`, which has SIGNATURE values. */
export type Sign = (hashes: Uint32Array, into: Uint32Array) => void

const NOTHING = 0xffffffff
const GOLDEN = 0x9e3779b9

/** Odd multiplier and addend of each permutation; fixed, so that signatures of different machines can be compared. */
const permutations = Uint32Array.from({ length: 2 * SIGNATURE }, (_, at) => {
  const word = avalanche(Math.imul(at + 1, GOLDEN))
  return at % 2 === 0 ? word | 1 : word
})

/**
 * MinHash with 128 permutations (Broder 1997; Persona Hub's signature length): value k is the least image of any feature under
 * permutation k of the 32-bit words.
 */
export const signByPermutations: Sign = (hashes, into) => {
  for (let at = 0; at < SIGNATURE; at += 1) {
    const factor = permutations[2 * at] ?? 1
    const addend = permutations[2 * at + 1] ?? 0
    let least = NOTHING
    for (let next = 0; next < hashes.length; next += 1) {
      let image = (Math.imul(hashes[next] ?? 0, factor) + addend) | 0
      image = Math.imul(image ^ (image >>> 15), factor) >>> 0
      if (image < least) least = image
    }
    into[at] = least
  }
}

/**
 * MinHash with one permutation (Li, Owen and Zhang 2012): the words are cut into 128 bins, value k is the least feature in bin k.
 * An empty bin takes the value of a bin that is found by a fixed walk (optimal densification, Shrivastava 2017). A set without
 * features has nothing in any bin.
 */
export const signByBins: Sign = (hashes, into) => {
  into.fill(NOTHING)
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] ?? 0
    const bin = hash >>> 25
    const value = hash << 7
    if (value >>> 0 < (into[bin] ?? 0)) into[bin] = value
  }
  if (hashes.length > 0) densify(into)
}

const filled = new Uint8Array(SIGNATURE)

function densify(signature: Uint32Array): void {
  for (let bin = 0; bin < SIGNATURE; bin += 1) filled[bin] = signature[bin] === NOTHING ? 0 : 1
  for (let bin = 0; bin < SIGNATURE; bin += 1) {
    if (filled[bin] === 1) continue
    let attempt = 1
    let from = bin
    while (filled[from] === 0) {
      from = avalanche(Math.imul(bin + 1, GOLDEN) ^ Math.imul(attempt, 0x85ebca6b)) >>> 25
      attempt += 1
    }
    signature[bin] = signature[from] ?? NOTHING
  }
}

/** Share of equal values: an estimate of the Jaccard similarity of the two sets. */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  let equal = 0
  for (let at = 0; at < SIGNATURE; at += 1) if (a[at] === b[at]) equal += 1
  return equal / SIGNATURE
}

/** How a signature is cut for locality-sensitive hashing: two sets meet when one band of `rows` values is equal in both. */
export interface Banding {
  readonly bands: number
  readonly rows: number
}

/** Two sets of similarity s meet with chance 1 − (1 − s^8)^16: half at 0.69, above 0.999 from 0.9 on. */
export const BANDING: Banding = { bands: 16, rows: 8 }

/** Writes a 64-bit key of each band as two words, from `offset` on. */
export function writeBandKeys(
  signature: Uint32Array,
  { bands, rows }: Banding,
  { into, offset }: { readonly into: Uint32Array; readonly offset: number },
): void {
  for (let band = 0; band < bands; band += 1) {
    let low = band
    let high = ~band
    for (let row = 0; row < rows; row += 1) {
      const value = signature[band * rows + row] ?? 0
      low = avalanche(Math.imul(low, 0x01000193) ^ value)
      high = avalanche(Math.imul(high, GOLDEN) + value)
    }
    into[offset + 2 * band] = low
    into[offset + 2 * band + 1] = high
  }
}
