/** Moves counts to a total without negative ones: negatives become zero, the surplus is taken evenly from the rest. */
export function normaliseBySubtraction(counts: ArrayLike<number>, total: number): Float64Array {
  const order = Float64Array.from(counts).sort().reverse()
  let sum = 0
  let shift = 0
  for (let at = 0; at < order.length; at += 1) {
    sum += order[at] ?? 0
    const candidate = (sum - total) / (at + 1)
    if ((order[at] ?? 0) - candidate <= 0) break
    shift = candidate
  }
  return Float64Array.from(counts, (count) => Math.max(0, count - shift))
}

const penalty = 5

/**
 * Least-squares steps through noisy counts of ordered cells: contiguous groups that minimise the squared error plus
 * `penalty` noise variances per group (Mallows' criterion with a stricter penalty because the cuts are searched for).
 * Returns the index after the end of each group.
 */
export function findSteps(counts: readonly number[], variance: number): number[] {
  const n = counts.length
  const sums = new Float64Array(n + 1)
  const squares = new Float64Array(n + 1)
  for (let at = 0; at < n; at += 1) {
    const value = counts[at] ?? 0
    sums[at + 1] = (sums[at] ?? 0) + value
    squares[at + 1] = (squares[at] ?? 0) + value * value
  }
  const best = new Float64Array(n + 1)
  const from = new Int32Array(n + 1)
  for (let end = 1; end <= n; end += 1) {
    let lowest = Number.POSITIVE_INFINITY
    for (let start = 0; start < end; start += 1) {
      const sum = (sums[end] ?? 0) - (sums[start] ?? 0)
      const error = (squares[end] ?? 0) - (squares[start] ?? 0) - (sum * sum) / (end - start)
      const cost = (best[start] ?? 0) + error
      if (cost < lowest) {
        lowest = cost
        from[end] = start
      }
    }
    best[end] = lowest + penalty * variance
  }
  const ends: number[] = []
  for (let end = n; end > 0; end = from[end] ?? 0) ends.push(end)
  return ends.reverse()
}

/** What is public about a column's cells when its counts are estimated. */
export interface CellOrder {
  readonly cells: number
  /** The first `ordered` cells have neighbours. */
  readonly ordered: number
}

/**
 * Estimate of a column's counts from noisy ones: ordered cells are smoothed to steps, unordered cells under three
 * standard deviations share their mean, and the result has no negative count and the given total.
 */
export function estimateColumn(
  counts: readonly number[],
  noise: { variance: number; total: number } & CellOrder,
): Float64Array {
  const smoothed = Float64Array.from(counts)
  let start = 0
  for (const end of findSteps(counts.slice(0, noise.ordered), noise.variance)) {
    let sum = 0
    for (let cell = start; cell < end; cell += 1) sum += counts[cell] ?? 0
    smoothed.fill(sum / (end - start), start, end)
    start = end
  }
  const threshold = 3 * Math.sqrt(noise.variance)
  const rare: number[] = []
  for (let cell = noise.ordered; cell < noise.cells; cell += 1) {
    if ((counts[cell] ?? 0) < threshold) rare.push(cell)
  }
  const rareSum = rare.reduce((sum, cell) => sum + (counts[cell] ?? 0), 0)
  for (const cell of rare) smoothed[cell] = rareSum / rare.length
  return normaliseBySubtraction(smoothed, noise.total)
}

/**
 * Groups of cells for two-way counts: at most `limit`, so that noise does not drown them. Ordered cells are cut into
 * neighbours of about equal mass; of the others the frequent ones stand alone and the rest is one group.
 */
export function chooseGroups(estimate: Float64Array, order: CellOrder, limit: number): number[] {
  const total = estimate.reduce((sum, count) => sum + count, 0)
  const share = total / Math.max(1, limit)
  const groups = Array.from({ length: order.cells }, () => 0)
  const unordered = Array.from({ length: order.cells - order.ordered }, (_, at) => order.ordered + at).sort(
    (a, b) => (estimate[b] ?? 0) - (estimate[a] ?? 0) || a - b,
  )
  let next = 0
  let mass = 0
  for (let cell = 0; cell < order.ordered; cell += 1) {
    const count = estimate[cell] ?? 0
    if (mass > 0 && mass + count / 2 > share) {
      next += 1
      mass = 0
    }
    groups[cell] = next
    mass += count
  }
  if (order.ordered > 0) next += 1
  const alone = Math.max(0, limit - (order.ordered > 0 ? next : 0) - 1)
  for (const [rank, cell] of unordered.entries()) {
    const keeps = unordered.length <= alone + 1 || rank < alone
    groups[cell] = next + (keeps ? rank : alone)
  }
  return compactGroups(groups)
}

/** Numbers groups 0, 1, 2 … in the order of their first cell. */
function compactGroups(groups: readonly number[]): number[] {
  const names = new Map<number, number>()
  return groups.map((group) => {
    const name = names.get(group) ?? names.size
    names.set(group, name)
    return name
  })
}
