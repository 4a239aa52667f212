const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]
const quarterRounds = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

function quarter(state: Int32Array, round: (typeof quarterRounds)[number]): void {
  const [ia, ib, ic, id] = round
  let a = state[ia] ?? 0
  let b = state[ib] ?? 0
  let c = state[ic] ?? 0
  let d = state[id] ?? 0
  a = (a + b) | 0
  d = rotate(d ^ a, 16)
  c = (c + d) | 0
  b = rotate(b ^ c, 12)
  a = (a + b) | 0
  d = rotate(d ^ a, 8)
  c = (c + d) | 0
  b = rotate(b ^ c, 7)
  state[ia] = a
  state[ib] = b
  state[ic] = c
  state[id] = d
}

/**
 * Reproducible uniform numbers: the ChaCha20 key stream (RFC 8439 §2.3) of a 32-byte seed, read as little-endian words.
 * `lane` (0 to 2^32 − 1) is the last word of the nonce: each lane is an independent stream of the same seed.
 * For post-processing only; noise comes from the system's source.
 */
export class SeededStream {
  readonly #input = new Int32Array(16)
  readonly #block = new Int32Array(16)
  #next = 16

  constructor(seed: Uint8Array, lane = 0) {
    if (seed.length !== 32) throw new RangeError('a seed has 32 bytes')
    const words = new DataView(seed.buffer, seed.byteOffset, 32)
    this.#input.set(constants)
    for (let at = 0; at < 8; at += 1) this.#input[4 + at] = words.getInt32(4 * at, true)
    this.#input[15] = lane | 0
  }

  /** Goes to the first of the sixteen words of a block of the key stream (0 to 2^53 − 1). */
  seek(block: number): void {
    this.#input[12] = block | 0
    this.#input[13] = Math.floor(block / 2 ** 32)
    this.#next = 16
  }

  /** Uniform 32-bit word. */
  word(): number {
    if (this.#next === 16) this.#refill()
    const word = this.#block[this.#next] ?? 0
    this.#next += 1
    return word >>> 0
  }

  /** Uniform integer in [0, n), n at most 2^53. */
  below(n: number): number {
    if (n <= 2 ** 32) {
      const limit = 2 ** 32 - (2 ** 32 % n)
      let word = this.word()
      while (word >= limit) word = this.word()
      return word % n
    }
    const limit = 2 ** 53 - (2 ** 53 % n)
    for (;;) {
      const value = (this.word() >>> 11) * 2 ** 32 + this.word()
      if (value < limit) return value % n
    }
  }

  /** Uniform multiple of 2^-32 in [0, 1). */
  unit(): number {
    return this.word() / 2 ** 32
  }

  #refill(): void {
    this.#block.set(this.#input)
    for (let pair = 0; pair < 10; pair += 1) for (const round of quarterRounds) quarter(this.#block, round)
    for (let at = 0; at < 16; at += 1) this.#block[at] = ((this.#block[at] ?? 0) + (this.#input[at] ?? 0)) | 0
    this.#input[12] = ((this.#input[12] ?? 0) + 1) | 0
    if (this.#input[12] === 0) this.#input[13] = ((this.#input[13] ?? 0) + 1) | 0
    this.#next = 0
  }
}

/** Shuffles in place, uniformly (Fisher and Yates). */
export function shuffle(items: Int32Array, stream: SeededStream): void {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = stream.below(at + 1)
    const held = items[at] ?? 0
    items[at] = items[other] ?? 0
    items[other] = held
  }
}
