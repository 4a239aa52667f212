import { concatBytes, sha256, utf8 } from '../../canonical/hash.ts'

/** What the numbers of a run are made by; part of the fingerprint of a recipe. */
export const ROW_RANDOM = 'philox4x32-10'

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10

/** Upper 32 bits of the product of two unsigned 32-bit words, as a signed word; no step leaves 32 bits. */
function upperProduct(aLow: number, aHigh: number, b: number): number {
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const carried = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carried >>> 16)) | 0
}

/**
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four words from a
 * counter of four words and a key of two, written over the counter. A number is reached by its place alone, so no row
 * depends on how many rows, columns or calls came before it.
 */
export function philox(block: Int32Array, key0: number, key1: number): void {
  let c0 = block[0] ?? 0
  let c1 = block[1] ?? 0
  let c2 = block[2] ?? 0
  let c3 = block[3] ?? 0
  let k0 = key0
  let k1 = key1
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = upperProduct(0x1f53, 0xd251, c0)
    const high1 = upperProduct(0x8d57, 0xcd9e, c2)
    const low0 = Math.imul(MULTIPLIER_0, c0)
    c0 = high1 ^ c1 ^ k0
    c1 = Math.imul(MULTIPLIER_1, c2)
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + WEYL_0) | 0
    k1 = (k1 + WEYL_1) | 0
  }
  block[0] = c0
  block[1] = c1
  block[2] = c2
  block[3] = c3
}

/**
 * Uniform numbers of one stream, addressed by row (0 to 2^53 − 1) and draw (0 to 2^31 − 1). The counter is (row's low word,
 * row's high word, draw's block, 0); a block has four words, or two units.
 */
export class CounterRandom {
  readonly #key0: number
  readonly #key1: number
  readonly #block = new Int32Array(4)
  #row = -1
  #blockNumber = -1

  constructor(key0: number, key1: number) {
    this.#key0 = key0 | 0
    this.#key1 = key1 | 0
  }

  /** Uniform 32-bit word. */
  word(row: number, draw: number): number {
    this.#reach(row, draw >>> 2)
    return (this.#block[draw & 3] ?? 0) >>> 0
  }

  /** Uniform odd multiple of 2^-54 in (0, 1): 53 bits of the words 2 × draw and 2 × draw + 1, and never 0 or 1. */
  unit(row: number, draw: number): number {
    this.#reach(row, draw >>> 1)
    const at = (draw & 1) << 1
    const high = (this.#block[at] ?? 0) >>> 5
    const low = (this.#block[at + 1] ?? 0) >>> 6
    return (high * 67_108_864 + low + 0.5) / 9_007_199_254_740_992
  }

  #reach(row: number, blockNumber: number): void {
    if (row === this.#row && blockNumber === this.#blockNumber) return
    this.#row = row
    this.#blockNumber = blockNumber
    const block = this.#block
    block[0] = row | 0
    block[1] = row > 0xffffffff ? Math.floor(row / 0x100000000) : 0
    block[2] = blockNumber
    block[3] = 0
    philox(block, this.#key0, this.#key1)
  }
}

/**
 * The stream of that name in a run. Its key is the first eight bytes, read as little-endian words, of
 * SHA-256(`urn:tanemaki:row-random:v1`, a zero byte, the 32-byte run seed, the name in UTF-8).
 * Names in use: `column:<name>`, `model:<column>:<parameter>`, `source:<name>`, `cross`, `request:<column>`.
 * Throws RangeError when the run seed has not 32 bytes.
 */
export function randomStream(runSeed: Uint8Array, name: string): CounterRandom {
  if (runSeed.length !== 32) throw new RangeError('a run seed has 32 bytes')
  const digest = sha256(concatBytes(utf8('urn:tanemaki:row-random:v1\0'), runSeed, utf8(name)))
  const words = new DataView(digest.buffer, digest.byteOffset, 8)
  return new CounterRandom(words.getInt32(0, true), words.getInt32(4, true))
}

/** Where a request stands in a run: `attempt` counts from 0, each with another seed. */
export interface RequestPlace {
  readonly column: string
  readonly row: number
  readonly attempt: number
}

/** Seed that is sent with a request to a model: 31 bits, so that no server reads it as negative. */
export function requestSeed(runSeed: Uint8Array, { column, row, attempt }: RequestPlace): number {
  return randomStream(runSeed, `request:${column}`).word(row, attempt) >>> 1
}
