import type { Fraction } from './rational.ts'
import type { RandomBytes } from './synthesis-types.ts'

const safe = Number.MAX_SAFE_INTEGER
const poolBytes = 1 << 15
const two32 = 2 ** 32
const two53 = 2 ** 53

/**
 * Exact samplers over integers and rationals (Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy",
 * 2020, algorithms 1–3). Every branch compares integers: doubles are used only where all values are integers below 2^53,
 * BigInt otherwise, so the distributions are exact for a perfect source of bytes.
 */
export class IntegerSampler {
  readonly #random: RandomBytes
  #words = new Uint32Array(0)
  #next = 0

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** Uniform 32-bit word. */
  word(): number {
    if (this.#next === this.#words.length) {
      this.#words = new Uint32Array(new Uint8Array(this.#random(poolBytes)).buffer)
      this.#next = 0
    }
    const at = this.#next
    this.#next = at + 1
    const word = this.#words[at] ?? 0
    this.#words[at] = 0
    return word
  }

  /** Uniform integer in [0, n), n an integer in [1, 2^53). */
  below(n: number): number {
    if (n <= two32) {
      const limit = two32 - (two32 % n)
      let word = this.word()
      while (word >= limit) word = this.word()
      return word % n
    }
    const limit = two53 - (two53 % n)
    for (;;) {
      const value = (this.word() >>> 11) * two32 + this.word()
      if (value < limit) return value % n
    }
  }

  /** Uniform integer in [0, n) of any size. */
  belowBig(n: bigint): bigint {
    if (n <= BigInt(safe)) return BigInt(this.below(Number(n)))
    const bits = n.toString(2).length
    for (;;) {
      let value = 0n
      for (let left = bits; left > 0; left -= 32) {
        const word = this.word()
        value = left >= 32 ? (value << 32n) | BigInt(word) : (value << BigInt(left)) | BigInt(word >>> (32 - left))
      }
      if (value < n) return value
    }
  }

  /** True with probability a/b for integers 0 ≤ a ≤ b. */
  bernoulli(a: number, b: number): boolean {
    return this.below(b) < a
  }

  /** True with probability exp(-a/b) for integers a ≥ 0, b > 0 below 2^53. */
  bernoulliExp(a: number, b: number): boolean {
    if (a < b) return this.#bernoulliExpFraction(a, b)
    const rest = a % b
    for (let step = (a - rest) / b; step > 0; step -= 1) if (!this.#bernoulliExpFraction(1, 1)) return false
    return this.#bernoulliExpFraction(rest, b)
  }

  #bernoulliExpFraction(a: number, b: number): boolean {
    let k = 1
    while (b * k < safe) {
      if (this.below(b * k) >= a) return k % 2 === 1
      k += 1
    }
    let big = BigInt(k)
    while (this.belowBig(BigInt(b) * big) < BigInt(a)) big += 1n
    return big % 2n === 1n
  }

  /** True with probability exp(-a/b) for any integers a ≥ 0, b > 0. */
  bernoulliExpBig(a: bigint, b: bigint): boolean {
    if (a <= BigInt(safe) && b <= BigInt(safe)) return this.bernoulliExp(Number(a), Number(b))
    for (let step = a / b; step > 0n; step -= 1n) if (!this.#bernoulliExpFraction(1, 1)) return false
    const rest = a % b
    let k = 1n
    while (this.belowBig(b * k) < rest) k += 1n
    return k % 2n === 1n
  }

  /** P(v) ∝ exp(-v/t) on v = 0, 1, 2 …; t a positive integer. */
  geometric(t: number): number {
    let u = this.below(t)
    while (!this.#bernoulliExpFraction(u, t)) u = this.below(t)
    let v = 0
    while (this.#bernoulliExpFraction(1, 1)) v += 1
    return u + t * v
  }

  /** P(x) ∝ exp(-|x|/t) on all integers; t a positive integer. */
  laplace(t: number): number {
    for (;;) {
      const negative = (this.word() & 1) === 1
      const magnitude = this.geometric(t)
      if (!negative) return magnitude
      if (magnitude !== 0) return -magnitude
    }
  }

  /** P(x) ∝ exp(-x²/(2σ²)) on all integers. */
  gaussian(sigma2: Fraction): number {
    return this.gaussians(sigma2)()
  }

  /** The same, with the constants of this variance worked out once. @throws RangeError when σ² is not positive */
  gaussians(sigma2: Fraction): () => number {
    if (sigma2.p <= 0n) throw new RangeError('a variance is positive')
    const t = Math.floor(Math.sqrt(Number(sigma2.p) / Number(sigma2.q))) + 1
    // accept y with exp(-(|y| - σ²/t)² / (2σ²)); with σ² = p/q that is (|y| q t - p)² / (2 p q t²)
    const qt = Number(sigma2.q) * t
    const p = Number(sigma2.p)
    const denominator = 2 * p * qt * t
    const small = sigma2.p <= BigInt(safe) && qt <= safe && denominator <= safe
    const bigDenominator = 2n * sigma2.p * sigma2.q * BigInt(t) * BigInt(t)
    return () => {
      for (;;) {
        const y = this.laplace(t)
        const distance = Math.abs(Math.abs(y) * qt - p)
        const accepted =
          small && distance <= 94_906_265
            ? this.bernoulliExp(distance * distance, denominator)
            : this.bernoulliExpBig((BigInt(Math.abs(y)) * sigma2.q * BigInt(t) - sigma2.p) ** 2n, bigDenominator)
        if (accepted) return y
      }
    }
  }

  /**
   * Exponential mechanism: index i with P(i) ∝ exp(ε q_i / (2Δ)), by rejection from the uniform proposal, exactly.
   * Scores are integers; epsilon is a rational; sensitivity a positive integer.
   */
  choose(scores: readonly number[], epsilon: Fraction, sensitivity: number): number {
    if (scores.length === 0) throw new RangeError('nothing to choose from')
    const best = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const denominator = 2n * BigInt(sensitivity) * epsilon.q
    for (;;) {
      const index = this.below(scores.length)
      const behind = BigInt(best - (scores[index] ?? best))
      if (this.bernoulliExpBig(behind * epsilon.p, denominator)) return index
    }
  }
}
