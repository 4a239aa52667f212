import type { BinnedFeatures } from './features.ts'

interface Split {
  readonly feature: number
  /** Rows with a bin up to this one go left. */
  readonly bin: number
}

/** A full binary tree of fixed depth, breadth first: splits of the inner nodes, values of the leaves. */
interface Tree {
  readonly splits: readonly Split[]
  readonly leaves: Float64Array
}

export interface BoostedTrees {
  readonly base: number
  readonly trees: readonly Tree[]
}

const depth = 5
const treeCount = 60
const rate = 0.15
const ridge = 1
const minimumHessian = 5

const gain = (gradient: number, hessian: number): number => (gradient * gradient) / (hessian + ridge)

interface Histogram {
  readonly gradients: Float64Array
  readonly hessians: Float64Array
}

/** Best split of every node of a level, from the histograms of one feature. */
function searchFeature(
  histogram: Histogram,
  bins: number,
  found: (node: number, bin: number, gain: number) => void,
): void {
  const nodes = histogram.gradients.length / bins
  for (let node = 0; node < nodes; node += 1) {
    let [allGradient, allHessian] = [0, 0]
    for (let at = node * bins; at < (node + 1) * bins; at += 1) {
      allGradient += histogram.gradients[at] ?? 0
      allHessian += histogram.hessians[at] ?? 0
    }
    let [gradient, hessian] = [0, 0]
    for (let bin = 0; bin < bins - 1; bin += 1) {
      gradient += histogram.gradients[node * bins + bin] ?? 0
      hessian += histogram.hessians[node * bins + bin] ?? 0
      if (hessian < minimumHessian || allHessian - hessian < minimumHessian) continue
      found(
        node,
        bin,
        gain(gradient, hessian) + gain(allGradient - gradient, allHessian - hessian) - gain(allGradient, allHessian),
      )
    }
  }
}

interface Residuals {
  readonly gradients: Float64Array
  readonly hessians: Float64Array
}

/** Splits one level: which feature and bin is best for each of its nodes; a node without one keeps all rows left. */
function splitLevel(
  features: BinnedFeatures,
  residuals: Residuals,
  level: { nodes: number; nodeOf: Uint8Array },
): Split[] {
  const best = Array.from({ length: level.nodes }, () => ({ feature: 0, bin: 255, gain: 1e-9 }))
  for (const [feature, codes] of features.columns.entries()) {
    const bins = features.bins[feature] ?? 1
    const histogram = {
      gradients: new Float64Array(level.nodes * bins),
      hessians: new Float64Array(level.nodes * bins),
    }
    const { gradients, hessians } = histogram
    const { nodeOf } = level
    for (let row = 0; row < codes.length; row += 1) {
      const at = (nodeOf[row] ?? 0) * bins + (codes[row] ?? 0)
      gradients[at] = (gradients[at] ?? 0) + (residuals.gradients[row] ?? 0)
      hessians[at] = (hessians[at] ?? 0) + (residuals.hessians[row] ?? 0)
    }
    searchFeature(histogram, bins, (node, bin, gain) => {
      if (gain > (best[node]?.gain ?? Number.POSITIVE_INFINITY)) best[node] = { feature, bin, gain }
    })
  }
  return best
}

function moveRows(features: BinnedFeatures, splits: readonly Split[], nodeOf: Uint8Array): void {
  for (let row = 0; row < nodeOf.length; row += 1) {
    const node = nodeOf[row] ?? 0
    const split = splits[node]
    const right = split !== undefined && (features.columns[split.feature]?.[row] ?? 0) > split.bin
    nodeOf[row] = 2 * node + (right ? 1 : 0)
  }
}

function growTree(features: BinnedFeatures, residuals: Residuals): { tree: Tree; leafOf: Uint8Array } {
  const nodeOf = new Uint8Array(residuals.gradients.length)
  const splits: Split[] = []
  for (let level = 0; level < depth; level += 1) {
    const own = splitLevel(features, residuals, { nodes: 2 ** level, nodeOf })
    moveRows(features, own, nodeOf)
    splits.push(...own)
  }
  const gradients = new Float64Array(2 ** depth)
  const hessians = new Float64Array(2 ** depth)
  for (const [row, leaf] of nodeOf.entries()) {
    gradients[leaf] = (gradients[leaf] ?? 0) + (residuals.gradients[row] ?? 0)
    hessians[leaf] = (hessians[leaf] ?? 0) + (residuals.hessians[row] ?? 0)
  }
  const leaves = gradients.map((gradient, leaf) => (rate * gradient) / ((hessians[leaf] ?? 0) + ridge))
  return { tree: { splits, leaves }, leafOf: nodeOf }
}

/** Gradient boosting with histograms, trees of depth 5 and logistic loss. Labels are 0 and 1. Deterministic. */
export function fitBoosting(features: BinnedFeatures, labels: Uint8Array): BoostedTrees {
  const rows = labels.length
  const share = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, rows)
  const base = Math.log((share + 1e-6) / (1 - share + 1e-6))
  const scores = new Float64Array(rows).fill(base)
  const residuals = { gradients: new Float64Array(rows), hessians: new Float64Array(rows) }
  const trees: Tree[] = []
  for (let round = 0; round < treeCount; round += 1) {
    for (let row = 0; row < rows; row += 1) {
      const chance = 1 / (1 + Math.exp(-(scores[row] ?? 0)))
      residuals.gradients[row] = (labels[row] ?? 0) - chance
      residuals.hessians[row] = chance * (1 - chance)
    }
    const { tree, leafOf } = growTree(features, residuals)
    for (let row = 0; row < rows; row += 1) scores[row] = (scores[row] ?? 0) + (tree.leaves[leafOf[row] ?? 0] ?? 0)
    trees.push(tree)
  }
  return { base, trees }
}

/** Score of every row. */
export function boostedScores(model: BoostedTrees, features: BinnedFeatures): Float64Array {
  const rows = features.columns[0]?.length ?? 0
  const scores = new Float64Array(rows).fill(model.base)
  for (const { splits, leaves } of model.trees) {
    const nodeOf = new Uint8Array(rows)
    for (let level = 0; level < depth; level += 1) {
      moveRows(features, splits.slice(2 ** level - 1, 2 ** (level + 1) - 1), nodeOf)
    }
    for (let row = 0; row < rows; row += 1) scores[row] = (scores[row] ?? 0) + (leaves[nodeOf[row] ?? 0] ?? 0)
  }
  return scores
}
