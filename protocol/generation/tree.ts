import type { NoisyMeasurements } from '../../schemas/generation.ts'
import { choiceEpsilonFor, sigma2For, split } from './accountant.ts'
import { chooseGroups, estimateColumn } from './estimate-column.ts'
import type { ColumnCells } from './domain.ts'
import { countOneWay, countTwoWay, groupCount, regroup, sumGroups } from './marginals.ts'
import type { Mechanisms, Private } from './mechanisms.ts'
import { type Fraction, formatFraction, parseFraction, toNumber } from './rational.ts'

/** Cell codes of every column, in the order of the plan's columns. */
export type CodedTable = readonly Uint16Array[]

export interface TreePlan {
  readonly columns: readonly ColumnCells[]
  /** Budget of the three steps: one-way counts, choice of edges, two-way counts. */
  readonly rho: { readonly oneWay: Fraction; readonly select: Fraction; readonly twoWay: Fraction }
  /** Rows per privacy unit: sensitivity of every count and score. */
  readonly sensitivity: number
}

export type TreeMeasurements = Pick<NoisyMeasurements, 'columns' | 'oneWay' | 'twoWay'>

/** Inverse-variance mean of the columns' noisy totals: the only row count that ever leaves the seeds. */
export function estimateTotal(oneWay: NoisyMeasurements['oneWay']): number {
  let weighted = 0
  let weights = 0
  for (const { counts, sigma2 } of oneWay) {
    const weight = 1 / (counts.length * toNumber(parseFraction(sigma2)))
    weighted += weight * counts.reduce((sum, count) => sum + count, 0)
    weights += weight
  }
  return Math.max(1, weighted / weights)
}

/** Estimates of all columns from their own noisy counts. */
export function estimateColumns(columns: readonly ColumnCells[], oneWay: NoisyMeasurements['oneWay']): Float64Array[] {
  const total = estimateTotal(oneWay)
  return columns.map(({ cells, ordered }, at) =>
    estimateColumn(oneWay[at]?.counts ?? [], {
      cells,
      ordered,
      total,
      variance: toNumber(parseFraction(oneWay[at]?.sigma2 ?? '1/1')),
    }),
  )
}

function measureColumns(
  coded: Private<CodedTable>,
  plan: TreePlan,
  mechanisms: Mechanisms,
): NoisyMeasurements['oneWay'] {
  // an error of n·σ counts per column at a fixed sum of 1/σ² is least with 1/σ² ∝ n^(2/3)
  const shares = split(
    plan.rho.oneWay,
    plan.columns.map(({ cells }) => Math.ceil(1000 * Math.cbrt(cells * cells))),
  )
  return plan.columns.map((column, at) => {
    const sigma2 = sigma2For(shares[at] ?? plan.rho.oneWay, plan.sensitivity)
    const counts = coded.map((codes) => countOneWay(codes[at] ?? new Uint16Array(), column.cells))
    return {
      column: column.name,
      sigma2: formatFraction(sigma2),
      counts: mechanisms.noisyCounts(counts, { sigma2, sensitivity: plan.sensitivity }),
    }
  })
}

interface Pair {
  readonly a: number
  readonly b: number
}

interface Grouped {
  readonly groups: readonly number[]
  readonly sizes: readonly number[]
  /** Estimated rows per group. */
  readonly mass: readonly Float64Array[]
  readonly total: number
}

/** Integer distance of the pair's counts from independence; changes by at most one per row that comes or goes. */
function dependence(codes: readonly Uint16Array[], pair: Pair, facts: Grouped): number {
  const width = facts.sizes[pair.b] ?? 1
  const counts = countTwoWay(
    { codes: codes[pair.a] ?? new Uint16Array(), cells: facts.sizes[pair.a] ?? 1 },
    { codes: codes[pair.b] ?? new Uint16Array(), cells: width },
  )
  const rows = facts.mass[pair.a] ?? new Float64Array()
  const columns = facts.mass[pair.b] ?? new Float64Array()
  let distance = 0
  for (let at = 0; at < counts.length; at += 1) {
    const row = Math.floor(at / width)
    const expected = Math.round(((rows[row] ?? 0) * (columns[at - row * width] ?? 0)) / facts.total)
    distance += Math.abs((counts[at] ?? 0) - expected)
  }
  return distance
}

function allPairs(columns: number): Pair[] {
  const pairs: Pair[] = []
  for (let a = 0; a < columns; a += 1) for (let b = a + 1; b < columns; b += 1) pairs.push({ a, b })
  return pairs
}

interface Selection {
  readonly scores: Private<readonly number[]>
  readonly pairs: readonly Pair[]
  readonly columns: number
}

/** Spanning tree, edge by edge: each round chooses among the pairs that join two components (Kruskal with noise). */
function selectTree(selection: Selection, plan: TreePlan, mechanisms: Mechanisms): Pair[] {
  const component = Array.from({ length: selection.columns }, (_, at) => at)
  const rounds = selection.columns - 1
  const epsilon = choiceEpsilonFor(
    split(
      plan.rho.select,
      Array.from({ length: rounds }, () => 1),
    )[0] ?? plan.rho.select,
  )
  const chosen: Pair[] = []
  while (chosen.length < rounds) {
    const open = selection.pairs.flatMap((pair, at) => (component[pair.a] === component[pair.b] ? [] : [at]))
    const scores = selection.scores.map((all) => open.map((at) => all[at] ?? 0))
    const pair = selection.pairs[open[mechanisms.choose(scores, { epsilon, sensitivity: plan.sensitivity })] ?? 0]
    if (pair === undefined) throw new RangeError('no pair joins the remaining components')
    chosen.push(pair)
    const [kept, joined] = [component[pair.a], component[pair.b]]
    for (const [at, name] of component.entries()) if (name === joined && kept !== undefined) component[at] = kept
  }
  return chosen
}

/** Most groups per column, so that the noise of an average two-way table stays near this share of the rows. */
const noiseShare = 0.1

function groupLimit(plan: TreePlan, total: number): number {
  const edges = Math.max(1, plan.columns.length - 1)
  const sigma = (plan.sensitivity * Math.sqrt(edges)) / Math.sqrt(2 * toNumber(plan.rho.twoWay))
  return Math.max(2, Math.floor(Math.sqrt((noiseShare * total) / sigma)))
}

/**
 * Measures a table for a tree model: noisy one-way counts, a spanning tree of dependent pairs chosen by the exponential
 * mechanism, noisy two-way counts of its edges (MST of McKenna, Miklau, Sheldon 2021, arXiv 2108.04978, with integers).
 */
export function measureTree(coded: Private<CodedTable>, plan: TreePlan, mechanisms: Mechanisms): TreeMeasurements {
  const oneWay = measureColumns(coded, plan, mechanisms)
  const total = estimateTotal(oneWay)
  const estimates = estimateColumns(plan.columns, oneWay)
  const limit = groupLimit(plan, total)
  const groups = plan.columns.map((column, at) => chooseGroups(estimates[at] ?? new Float64Array(), column, limit))
  const columns = plan.columns.map(({ name, cells }, at) => ({ name, cells, groups: groups[at] ?? [] }))
  if (columns.length < 2) return { columns, oneWay, twoWay: [] }
  const grouped = coded.map((codes) => codes.map((column, at) => regroup(column, groups[at] ?? [])))
  const facts = {
    groups: [],
    sizes: groups.map(groupCount),
    mass: groups.map((each, at) => sumGroups(estimates[at] ?? [], each)),
    total,
  }
  const pairs = allPairs(columns.length)
  const scores = grouped.map((codes): readonly number[] => pairs.map((pair) => dependence(codes, pair, facts)))
  const edges = selectTree({ scores, pairs, columns: columns.length }, plan, mechanisms)
  const shares = split(
    plan.rho.twoWay,
    edges.map(({ a, b }) => Math.ceil(1000 * Math.cbrt(((facts.sizes[a] ?? 1) * (facts.sizes[b] ?? 1)) ** 2))),
  )
  const twoWay = edges.map(({ a, b }, at) => {
    const sigma2 = sigma2For(shares[at] ?? plan.rho.twoWay, plan.sensitivity)
    const counts = grouped.map((codes) =>
      countTwoWay(
        { codes: codes[a] ?? new Uint16Array(), cells: facts.sizes[a] ?? 1 },
        { codes: codes[b] ?? new Uint16Array(), cells: facts.sizes[b] ?? 1 },
      ),
    )
    return {
      a: columns[a]?.name ?? '',
      b: columns[b]?.name ?? '',
      sigma2: formatFraction(sigma2),
      counts: mechanisms.noisyCounts(counts, { sigma2, sensitivity: plan.sensitivity }),
    }
  })
  return { columns, oneWay, twoWay }
}
