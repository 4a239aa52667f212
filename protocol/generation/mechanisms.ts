import { type BudgetMeter, rhoOfChoice, rhoOfGaussian } from './accountant.ts'
import type { IntegerSampler } from './integers.ts'
import type { Fraction } from './rational.ts'

let open: <T>(sealed: Private<T>) => T

/**
 * Value derived from seeds. It can be transformed, and it can be read only by the mechanisms of this file, which charge
 * the budget before they draw noise: there is no other way from the seeds to a result.
 */
export class Private<T> {
  readonly #value: T

  private constructor(value: T) {
    this.#value = value
  }

  static {
    open = (sealed) => sealed.#value
  }

  static seal<T>(value: T): Private<T> {
    return new Private(value)
  }

  map<U>(transform: (value: T) => U): Private<U> {
    return new Private(transform(this.#value))
  }
}

export interface NoiseScale {
  readonly sigma2: Fraction
  /** Largest L2 change of the counts that one privacy unit can cause. */
  readonly sensitivity: number
}

export interface ChoiceScale {
  readonly epsilon: Fraction
  /** Largest change of any one score that one privacy unit can cause. */
  readonly sensitivity: number
}

/** The ledgered mechanisms of one run. */
export class Mechanisms {
  readonly #meter: BudgetMeter
  readonly #sampler: IntegerSampler

  constructor(meter: BudgetMeter, sampler: IntegerSampler) {
    this.#meter = meter
    this.#sampler = sampler
  }

  /** Integer counts with discrete Gaussian noise; counts are clipped to 2^31 − 1 by their type. */
  noisyCounts(counts: Private<Int32Array>, scale: NoiseScale): number[] {
    this.#meter.spend(rhoOfGaussian(scale.sensitivity, scale.sigma2))
    const draw = this.#sampler.gaussians(scale.sigma2)
    return Array.from(open(counts), (count) => count + draw())
  }

  /** Index of a high score by the exponential mechanism over integer scores. */
  choose(scores: Private<readonly number[]>, scale: ChoiceScale): number {
    this.#meter.spend(rhoOfChoice(scale.epsilon))
    return this.#sampler.choose(open(scores), scale.epsilon, scale.sensitivity)
  }
}
