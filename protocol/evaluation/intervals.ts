/** Normal quantile of a two-sided 95 % interval. */
export const z95 = 1.959963984540054

export interface Interval {
  readonly lower: number
  readonly upper: number
}

/** Wilson 95 % interval of a share of k in n (Wilson 1927); [0, 1] when n is 0. */
export function wilson(k: number, n: number): Interval {
  if (n <= 0) return { lower: 0, upper: 1 }
  const z2 = z95 * z95
  const centre = (k + z2 / 2) / (n + z2)
  const half = (z95 / (n + z2)) * Math.sqrt((k * (n - k)) / n + z2 / 4)
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) }
}

/** Counts of paired yes/no results on the same n items: only the first said yes, only the second did. */
export interface PairedCounts {
  readonly firstOnly: number
  readonly secondOnly: number
  readonly n: number
}

function pairedScore({ firstOnly: b, secondOnly: c, n }: PairedCounts, difference: number): number {
  const p = -b - c + (2 * n - b + c) * difference
  const q = -c * difference * (1 - difference)
  const shared = (Math.sqrt(Math.max(0, p * p - 8 * n * q)) - p) / (4 * n)
  const variance = n * (2 * shared + difference * (1 - difference))
  const excess = b - c - n * difference
  return excess === 0 ? 0 : excess / Math.sqrt(Math.max(variance, Number.MIN_VALUE))
}

/**
 * 95 % interval of the difference of two paired shares: the score form of McNemar's test (Tango, Statistics in Medicine
 * 17, 1998). With no hits at all it is Wilson's interval of 0 in n. [-1, 1] when n is 0.
 */
export function pairedDifference(counts: PairedCounts): Interval & { readonly value: number } {
  const { firstOnly, secondOnly, n } = counts
  if (n <= 0) return { value: 0, lower: -1, upper: 1 }
  const value = (firstOnly - secondOnly) / n
  const solve = (from: number, to: number, target: number): number => {
    let [inside, outside] = [from, to]
    for (let round = 0; round < 60; round += 1) {
      const middle = (inside + outside) / 2
      if (Math.abs(pairedScore(counts, middle)) <= target) inside = middle
      else outside = middle
    }
    return outside
  }
  return { value, lower: solve(value, -1, z95), upper: solve(value, 1, z95) }
}

/** Area under the ROC curve with a 95 % interval. */
export interface Auc extends Interval {
  readonly auc: number
}

/** Ranks from 1, ties share their mean. */
function midRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1
    for (let at = start; at < end; at += 1) ranks[order[at] ?? 0] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}

function sampleVariance(values: Float64Array): number {
  if (values.length < 2) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

/**
 * AUC of scores against 0/1 labels with DeLong's interval (DeLong, DeLong, Clarke-Pearson 1988, in the fast form of Sun
 * and Xu 2014). One class missing: AUC .5 in [0, 1].
 */
export function rocAuc(scores: Float64Array, labels: Uint8Array): Auc {
  const positives = scores.filter((_, at) => labels[at] === 1)
  const negatives = scores.filter((_, at) => labels[at] !== 1)
  const [m, n] = [positives.length, negatives.length]
  if (m === 0 || n === 0) return { auc: 0.5, lower: 0, upper: 1 }
  const joined = new Float64Array(m + n)
  joined.set(positives)
  joined.set(negatives, m)
  const all = midRanks(joined)
  const own = { positives: midRanks(positives), negatives: midRanks(negatives) }
  const v10 = positives.map((_, at) => ((all[at] ?? 0) - (own.positives[at] ?? 0)) / n)
  const v01 = negatives.map((_, at) => 1 - ((all[m + at] ?? 0) - (own.negatives[at] ?? 0)) / m)
  const auc = v10.reduce((sum, value) => sum + value, 0) / m
  const half = z95 * Math.sqrt(sampleVariance(v10) / m + sampleVariance(v01) / n)
  return { auc, lower: Math.max(0, auc - half), upper: Math.min(1, auc + half) }
}
