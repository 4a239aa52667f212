import { codePoints, normaliseForComparison } from './normalise.ts'

/** Name under which vectors of `hashedEmbedding` are recorded. */
export const HASHED_EMBEDDING = 'hashed-char-4'
export const HASHED_EMBEDDING_DIMENSIONS = 4096

/**
 * Unit vector of a text without any model: its character 4-grams, the ends marked, hashed with signs into 4,096 dimensions (feature
 * hashing: Weinberger et al., ICML 2009). Tells shared wording, not shared meaning. Normalises the text; the zero vector without one.
 */
export function hashedEmbedding(text: string): Float32Array {
  const vector = new Float32Array(HASHED_EMBEDDING_DIMENSIONS)
  const normal = normaliseForComparison(text)
  if (normal === '') return vector
  const points = codePoints(`\u0002\u0002${normal}\u0003\u0003`)
  for (let start = 0; start + 4 <= points.length; start += 1) {
    let hash = 0x811c9dc5
    for (let at = start; at < start + 4; at += 1) {
      hash = Math.imul(hash ^ (points[at] ?? 0), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    const slot = (hash >>> 1) % HASHED_EMBEDDING_DIMENSIONS
    vector[slot] = (vector[slot] ?? 0) + ((hash & 1) === 0 ? 1 : -1)
  }
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}

/** Cosine similarity of two unit vectors of one length, −1 to 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (const [at, value] of a.entries()) sum += value * (b[at] ?? 0)
  return sum
}
