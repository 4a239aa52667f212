const BETWEEN_REPORTS = 1024

/** Scales each vector of the list to length 1, in place; a vector of zeros stays. */
export function scaleToUnit(vectors: Float32Array, dimensions: number): void {
  for (let start = 0; start < vectors.length; start += dimensions) {
    let sum = 0
    for (let at = start; at < start + dimensions; at += 1) sum += (vectors[at] ?? 0) ** 2
    if (sum === 0) continue
    const length = Math.sqrt(sum)
    for (let at = start; at < start + dimensions; at += 1) vectors[at] = (vectors[at] ?? 0) / length
  }
}

/**
 * One byte per unit vector: 1 where an earlier one that stays has a cosine of at least the threshold (Persona Hub's second
 * deduplication: 0.9, or 0.5 for fewer and more different ones). Exact; time grows with vectors times those that stay.
 */
export function removeSimilarVectors(
  vectors: Float32Array,
  options: {
    readonly dimensions: number
    readonly threshold: number
    readonly onProgress?: (done: number) => void
  },
): Uint8Array {
  const { dimensions, threshold, onProgress } = options
  const count = Math.floor(vectors.length / dimensions)
  const removed = new Uint8Array(count)
  const kept = new Uint32Array(count)
  let keeps = 0
  for (let at = 0; at < count; at += 1) {
    if (at % BETWEEN_REPORTS === 0) onProgress?.(at)
    const start = at * dimensions
    for (let other = 0; other < keeps && removed[at] === 0; other += 1) {
      const from = (kept[other] ?? 0) * dimensions
      let cosine = 0
      for (let next = 0; next < dimensions; next += 1) {
        cosine += (vectors[start + next] ?? 0) * (vectors[from + next] ?? 0)
      }
      if (cosine >= threshold) removed[at] = 1
    }
    if (removed[at] === 1) continue
    kept[keeps] = at
    keeps += 1
  }
  return removed
}
