/** Draws among weighted things in constant time (Walker 1977, with the set-up of Vose 1991). */
export interface AliasTable {
  /** Index of what a number in [0, 1) with at least 40 random bits draws. */
  draw(unit: number): number
}

/** Weights of 0 are never drawn; at least one must be positive. */
export function aliasTable(weights: Float64Array): AliasTable {
  const items = Int32Array.from(weights.keys()).filter((at) => (weights[at] ?? 0) > 0)
  const size = items.length
  const sum = items.reduce((total, at) => total + (weights[at] ?? 0), 0)
  if (!(sum > 0)) throw new RangeError('an alias table needs a positive weight')
  const share = Float64Array.from(items, (at) => ((weights[at] ?? 0) / sum) * size)
  const other = Int32Array.from(items.keys())
  const small: number[] = []
  const large: number[] = []
  for (const [at, value] of share.entries()) (value < 1 ? small : large).push(at)
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() ?? 0
    const more = large.at(-1) ?? 0
    other[less] = more
    share[more] = (share[more] ?? 0) - (1 - (share[less] ?? 0))
    if ((share[more] ?? 0) < 1) small.push(large.pop() ?? 0)
  }
  for (const at of [...small, ...large]) share[at] = 1
  return {
    draw: (unit) => {
      const scaled = unit * size
      const at = Math.floor(scaled)
      return items[scaled - at < (share[at] ?? 1) ? at : (other[at] ?? at)] ?? 0
    },
  }
}
