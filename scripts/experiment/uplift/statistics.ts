import { SeededStream } from '../../../protocol/generation/seeded-stream.ts'

/** A mean or a difference of means with the bounds of its 95 % interval. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

export interface BootstrapOptions {
  readonly resamples?: number
  readonly seed?: number
}

/**
 * Percentile bootstrap of a mean (Efron & Tibshirani, An Introduction to the Bootstrap, §13.3), 95 %. For two arms on the same
 * questions, give the differences question by question: that is the paired bootstrap. Deterministic for a seed.
 */
export function bootstrapMean(
  values: readonly number[],
  { resamples = 10_000, seed = 1 }: BootstrapOptions = {},
): Interval {
  const stream = new SeededStream(new Uint8Array(32).fill(seed), 0)
  const sample = Float64Array.from(values)
  const means = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0
    for (let draw = 0; draw < sample.length; draw++) sum += sample[stream.below(sample.length)] ?? 0
    means[resample] = sample.length === 0 ? 0 : sum / sample.length
  }
  means.sort()
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))] ?? 0
  return { mean: mean(values), low: at(0.025), high: at(0.975) }
}

/**
 * Exact two-sided McNemar test (binomial on the discordant pairs, p = 1/2).
 * `first`, `second`: whether each arm was right, question by question. With no discordant pair p is 1.
 */
export function mcnemar(
  first: readonly boolean[],
  second: readonly boolean[],
): { onlyFirst: number; onlySecond: number; p: number } {
  const onlyFirst = first.filter((right, at) => right && second[at] !== true).length
  const onlySecond = second.filter((right, at) => right && first[at] !== true).length
  return { onlyFirst, onlySecond, p: binomialTwoSided(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond) }
}

/** P(X ≤ k or X ≥ n − k) of n fair coins, at most 1; in logarithms, so that n may be thousands. */
function binomialTwoSided(k: number, n: number): number {
  let term = -n * Math.LN2
  let tail = 0
  for (let at = 0; at <= k; at++) {
    tail += Math.exp(term)
    term += Math.log(n - at) - Math.log(at + 1)
  }
  return Math.min(1, 2 * tail)
}

/** Half of a binomial 95 % interval at p = 1/2: what n questions can tell apart at best when arms are not paired. */
export const halfWidth = (questions: number): number => 1.96 * Math.sqrt(0.25 / questions)
