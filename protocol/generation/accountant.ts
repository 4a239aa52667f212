import {
  add,
  compare,
  floorToFraction,
  fraction,
  type Fraction,
  multiply,
  divide,
  ceilToBits,
  integerSquareRoot,
  toNumber,
} from './rational.ts'

/**
 * Smallest delta for which rho-zCDP implies (epsilon, delta)-DP, by the best Rényi order found (Canonne, Kamath, Steinke
 * 2020, arXiv 2004.00010, proposition 12 with corollary 13). Any order is valid, so numeric error only loses budget.
 */
export function deltaOf(rho: number, epsilon: number): number {
  if (rho <= 0) return 0
  let low = 1.01
  let high = (epsilon + 1) / (2 * rho) + 2
  for (let round = 0; round < 200; round += 1) {
    const alpha = (low + high) / 2
    const slope = (2 * alpha - 1) * rho - epsilon + Math.log1p(-1 / alpha)
    if (slope < 0) low = alpha
    else high = alpha
  }
  const alpha = (low + high) / 2
  const exponent = (alpha - 1) * (alpha * rho - epsilon) + alpha * Math.log1p(-1 / alpha)
  return Math.min(1, Math.exp(exponent) / (alpha - 1))
}

/** Largest rho with deltaOf(rho, epsilon) ≤ delta, as a double. */
function rhoNear(epsilon: number, delta: number): number {
  let low = 0
  let high = epsilon + 1
  for (let round = 0; round < 200; round += 1) {
    const rho = (low + high) / 2
    if (deltaOf(rho, epsilon) <= delta) low = rho
    else high = rho
  }
  return low
}

/**
 * zCDP budget that (epsilon, delta)-DP allows under add/remove of one unit, rounded down to a multiple of 2^-60 after a
 * relative margin of 2^-36 that covers the rounding of the double arithmetic.
 */
export function rhoOf(epsilon: number, delta: number): Fraction {
  return floorToFraction(rhoNear(epsilon, delta) * (1 - 2 ** -36), 60)
}

/** Smallest epsilon (to 1e-9 relative, rounded up) that rho-zCDP gives at this delta. */
export function epsilonOf(rho: number, delta: number): number {
  if (rho <= 0) return 0
  let low = 0
  let high = rho + 2 * Math.sqrt(rho * Math.log(1 / delta)) + 1
  for (let round = 0; round < 200; round += 1) {
    const epsilon = (low + high) / 2
    if (deltaOf(rho, epsilon) <= delta) high = epsilon
    else low = epsilon
  }
  return high * (1 + 1e-9)
}

/** rho of a (discrete) Gaussian on integer counts with L2 sensitivity `sensitivity`: s² / (2 σ²). */
export function rhoOfGaussian(sensitivity: number, sigma2: Fraction): Fraction {
  return divide(fraction(BigInt(sensitivity) ** 2n), multiply(fraction(2), sigma2))
}

/** rho of the exponential mechanism P(i) ∝ exp(ε q_i / (2Δ)): ε² / 8. */
export function rhoOfChoice(epsilon: Fraction): Fraction {
  return multiply(multiply(epsilon, epsilon), fraction(1, 8))
}

/** Smallest variance, rounded up to a multiple of 2^-bits, whose Gaussian costs at most rho. */
export function sigma2For(rho: Fraction, sensitivity: number): Fraction {
  const exact = divide(fraction(BigInt(sensitivity) ** 2n), multiply(fraction(2), rho))
  return ceilToBits(exact, toNumber(exact) >= 64 ? 4 : 16)
}

/** Largest epsilon of the exponential mechanism, rounded down to a multiple of 2^-20, that costs at most rho. */
export function choiceEpsilonFor(rho: Fraction): Fraction {
  const bits = 20n
  const squared = ((8n * rho.p) << (2n * bits)) / rho.q
  return fraction(integerSquareRoot(squared), 1n << bits)
}

/** Splits a budget in integer proportions; the parts add up to it exactly. */
export function split(rho: Fraction, shares: readonly number[]): Fraction[] {
  const total = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => multiply(rho, fraction(share, total)))
}

/** Counts what the mechanisms of one run spend and stops the one that would pass the allowance. */
export class BudgetMeter {
  readonly allowed: Fraction
  #spent: Fraction = fraction(0)

  constructor(allowed: Fraction) {
    this.allowed = allowed
  }

  /** Called before any noise is drawn. @throws RangeError when the allowance would be passed */
  spend(rho: Fraction): void {
    const next = add(this.#spent, rho)
    if (compare(next, this.allowed) > 0) throw new RangeError('the mechanism would spend more than the run was granted')
    this.#spent = next
  }

  get spent(): Fraction {
    return this.#spent
  }
}
