import type { LinearFeatures } from './features.ts'

const ridge = 1
const iterations = 12

/** Solves A x = b for a symmetric positive definite matrix (row-major, overwritten by its Cholesky factor). */
function solvePositive(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length
  for (let column = 0; column < n; column += 1) {
    for (let row = column; row < n; row += 1) {
      let sum = matrix[row * n + column] ?? 0
      for (let k = 0; k < column; k += 1) sum -= (matrix[row * n + k] ?? 0) * (matrix[column * n + k] ?? 0)
      matrix[row * n + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (matrix[column * n + column] ?? 1)
    }
  }
  const x = vector.slice()
  for (let row = 0; row < n; row += 1) {
    for (let k = 0; k < row; k += 1) x[row] = (x[row] ?? 0) - (matrix[row * n + k] ?? 0) * (x[k] ?? 0)
    x[row] = (x[row] ?? 0) / (matrix[row * n + row] ?? 1)
  }
  for (let row = n - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < n; k += 1) x[row] = (x[row] ?? 0) - (matrix[k * n + row] ?? 0) * (x[k] ?? 0)
    x[row] = (x[row] ?? 0) / (matrix[row * n + row] ?? 1)
  }
  return x
}

/** Linear score of every row. */
export function linearScores(features: LinearFeatures, weights: Float64Array): Float64Array {
  const rows = features.indexes.length / features.perRow
  const scores = new Float64Array(rows)
  for (let row = 0; row < rows; row += 1) {
    let score = 0
    for (let at = row * features.perRow; at < (row + 1) * features.perRow; at += 1) {
      score += (weights[features.indexes[at] ?? 0] ?? 0) * (features.values[at] ?? 0)
    }
    scores[row] = score
  }
  return scores
}

/** Adds one row's part to the gradient and the lower triangle of the curvature. */
function addRow(
  features: LinearFeatures,
  row: number,
  sums: { gradient: Float64Array; curvature: Float64Array; error: number; weight: number },
): void {
  const { perRow, indexes, values, size } = features
  const start = row * perRow
  for (let i = start; i < start + perRow; i += 1) {
    const value = values[i] ?? 0
    const index = indexes[i] ?? 0
    sums.gradient[index] = (sums.gradient[index] ?? 0) + value * sums.error
    const scaled = value * sums.weight
    for (let k = start; k <= i; k += 1) {
      const cell = index * size + (indexes[k] ?? 0)
      sums.curvature[cell] = (sums.curvature[cell] ?? 0) + scaled * (values[k] ?? 0)
    }
  }
}

/** Ridge logistic regression by Newton's method; returns the weights. Labels are 0 and 1. */
export function fitLogistic(features: LinearFeatures, labels: Uint8Array): Float64Array {
  const { size } = features
  let weights = new Float64Array(size)
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const gradient = weights.map((weight) => -ridge * weight)
    const curvature = new Float64Array(size * size)
    for (let at = 0; at < size; at += 1) curvature[at * size + at] = ridge
    const sums = { gradient, curvature, error: 0, weight: 0 }
    for (const [row, score] of linearScores(features, weights).entries()) {
      const chance = 1 / (1 + Math.exp(-score))
      sums.error = (labels[row] ?? 0) - chance
      sums.weight = Math.max(chance * (1 - chance), 1e-6)
      addRow(features, row, sums)
    }
    const step = solvePositive(curvature, gradient)
    const length = step.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const damping = length > 3 ? 3 / length : 1
    weights = weights.map((weight, at) => weight + damping * (step[at] ?? 0))
    if (length < 1e-4) break
  }
  return weights
}
