import { symmetricEigenvalues } from './eigenvalues.ts'

/** Cosine similarity of every pair of vectors, row by row; each vector is scaled to length 1 before. */
export interface Similarities {
  readonly size: number
  readonly values: Float64Array
}

/** Vectors of one length scaled to length 1; vectors without a length stay zero. */
export function unitVectors(vectors: readonly Float32Array[]): Float64Array[] {
  return vectors.map((vector) => {
    let squares = 0
    for (const value of vector) squares += value * value
    const scaled = Float64Array.from(vector)
    if (squares === 0) return scaled
    const length = Math.sqrt(squares)
    return scaled.map((value) => value / length)
  })
}

/**
 * Average cosine distance of two different vectors, 0 to 2: 1 − (‖Σv‖² − N) ÷ (N(N − 1)) over unit vectors, in time proportional
 * to N. 0 for fewer than two.
 */
export function meanCosineDistance(vectors: readonly Float32Array[]): number {
  const units = unitVectors(vectors).filter((unit) => unit.some((value) => value !== 0))
  const count = units.length
  if (count < 2) return 0
  const sum = new Float64Array(units[0]?.length ?? 0)
  for (const unit of units) for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (unit[at] ?? 0)
  let squares = 0
  for (const value of sum) squares += value * value
  return 1 - (squares - count) / (count * (count - 1))
}

/** Time proportional to N² × the entries of a vector that are not 0. */
export function similaritiesOf(vectors: readonly Float32Array[]): Similarities {
  const units = unitVectors(vectors)
  const size = units.length
  const values = new Float64Array(size * size)
  const sparse = units.map((unit) => {
    const places = Int32Array.from(Array.from(unit.keys()).filter((at) => unit[at] !== 0))
    return { places, entries: Float64Array.from(places, (at) => unit[at] ?? 0) }
  })
  for (let i = 0; i < size; i += 1) {
    const own = units[i] ?? new Float64Array(0)
    values[i * size + i] = 1
    for (let j = i + 1; j < size; j += 1) {
      const { places, entries } = sparse[j] ?? { places: new Int32Array(0), entries: new Float64Array(0) }
      let sum = 0
      for (let at = 0; at < places.length; at += 1) sum += (own[places[at] ?? 0] ?? 0) * (entries[at] ?? 0)
      values[i * size + j] = sum
      values[j * size + i] = sum
    }
  }
  return { size, values }
}

/** For each vector the similarity of the most similar other one. */
export function nearestSimilarities({ size, values }: Similarities): Float64Array {
  const nearest = new Float64Array(size).fill(-1)
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      if (i !== j) nearest[i] = Math.max(nearest[i] ?? -1, values[i * size + j] ?? -1)
    }
  }
  return nearest
}

/**
 * Vendi score (Friedman and Dieng, TMLR 2023; order q: Pasarkar and Dieng, 2023): the effective number of different vectors under
 * the cosine kernel, 1 to N. exp of the Shannon (q = 1) or Rényi entropy of the eigenvalues of K ÷ N, by exact eigenvalues; through
 * the D × D matrix where vectors are shorter than they are many. 0 without vectors. `order` is above 0; Infinity is allowed.
 */
export function vendiScore(vectors: readonly Float32Array[], order = 1): number {
  const [first] = vectors
  if (first === undefined) return 0
  if (first.length >= vectors.length) return vendiOfSimilarities(similaritiesOf(vectors), order)
  const size = first.length
  const dual = new Float64Array(size * size)
  for (const unit of unitVectors(vectors)) {
    for (let i = 0; i < size; i += 1) {
      const scale = (unit[i] ?? 0) / vectors.length
      if (scale === 0) continue
      for (let j = 0; j < size; j += 1) dual[i * size + j] = (dual[i * size + j] ?? 0) + scale * (unit[j] ?? 0)
    }
  }
  return effectiveNumber(symmetricEigenvalues(dual, size), order)
}

/** The same from similarities that are known already. */
export function vendiOfSimilarities({ size, values }: Similarities, order = 1): number {
  if (size === 0) return 0
  const scaled = values.map((value) => value / size)
  return effectiveNumber(symmetricEigenvalues(scaled, size), order)
}

function effectiveNumber(eigenvalues: Float64Array, order: number): number {
  const shares = Array.from(eigenvalues).filter((value) => value > 1e-12)
  if (order === Number.POSITIVE_INFINITY) return 1 / Math.max(...shares)
  if (order === 1) return Math.exp(-shares.reduce((sum, share) => sum + share * Math.log(share), 0))
  return shares.reduce((sum, share) => sum + share ** order, 0) ** (1 / (1 - order))
}
