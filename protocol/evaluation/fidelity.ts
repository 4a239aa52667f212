import type { FidelityDetail, FidelityThresholds, GateResult } from '../../schemas/evaluation.ts'
import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { countOneWay, countTwoWay } from '../generation/marginals.ts'
import { columnOf, type Table } from '../generation/table.ts'

interface Binning {
  readonly bins: number
  readonly bin: (value: number) => number
}

const topCategories = 10

/** The ten most frequent training categories, one bin for the rest, one for empty values. */
function categoryBins(training: Float64Array): Binning {
  const counts = new Map<number, number>()
  for (const value of training) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  const top = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, topCategories)
  const index = new Map(top.map(([value], at) => [value, at]))
  return {
    bins: top.length + 2,
    bin: (value) => (Number.isNaN(value) ? top.length + 1 : (index.get(value) ?? top.length)),
  }
}

/** Ten bins of equal frequency in the training rows (fewer where values repeat), one for empty values. */
function decileBins(training: Float64Array): Binning {
  const sorted = training.filter((value) => !Number.isNaN(value)).sort()
  const edges = new Set<number>()
  for (let decile = 1; decile < 10; decile += 1) {
    const edge = sorted[Math.floor((decile * sorted.length) / 10)]
    if (edge !== undefined && edge > (sorted[0] ?? 0)) edges.add(edge)
  }
  const lower = [...edges]
  return {
    bins: lower.length + 2,
    bin: (value) => {
      if (Number.isNaN(value)) return lower.length + 1
      let at = 0
      while (at < lower.length && value >= (lower[at] ?? 0)) at += 1
      return at
    },
  }
}

function accuracy(a: Int32Array, b: Int32Array, rows: { a: number; b: number }): number {
  let distance = 0
  for (let at = 0; at < a.length; at += 1) distance += Math.abs((a[at] ?? 0) / rows.a - (b[at] ?? 0) / rows.b)
  return 1 - distance / 2
}

/** Accuracy to expect of another sample of the same distribution: E‖p − q‖₁ of two multinomials. */
function expectedMaximum(training: Int32Array, rows: { a: number; b: number }): number {
  let distance = 0
  for (const count of training) {
    const share = count / rows.a
    distance += Math.sqrt((2 / Math.PI) * share * (1 - share) * (1 / rows.a + 1 / rows.b))
  }
  return Math.max(0, 1 - distance / 2)
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

interface Coded {
  readonly name: string
  readonly bins: number
  readonly training: Uint16Array
  readonly synthetic: Uint16Array
}

function code(column: ModelledColumn, training: Table, synthetic: Table): Coded {
  const real = columnOf(training, column.name)
  const made = columnOf(synthetic, column.name)
  const discrete = column.type === 'categorical' || column.type === 'boolean'
  const { bins, bin } = discrete ? categoryBins(real) : decileBins(real)
  return { name: column.name, bins, training: Uint16Array.from(real, bin), synthetic: Uint16Array.from(made, bin) }
}

/**
 * How well shares of values and of pairs of values agree with the training rows: mean univariate and bivariate accuracy
 * 1 − TVD over training deciles and top ten categories, beside what another real sample of the size would reach
 * (mostlyai-qa's accuracy without its trivariate part).
 */
export function measureFidelity(columns: readonly ModelledColumn[], training: Table, synthetic: Table): FidelityDetail {
  const rows = { a: training.rows, b: synthetic.rows }
  const coded = columns.map((column) => code(column, training, synthetic))
  const singles = coded.map((column) => {
    const real = countOneWay(column.training, column.bins)
    return {
      column: column.name,
      accuracy: accuracy(real, countOneWay(column.synthetic, column.bins), rows),
      maximum: expectedMaximum(real, rows),
    }
  })
  const pairs = coded.flatMap((a, at) =>
    coded.slice(at + 1).map((b) => {
      const count = (side: 'training' | 'synthetic'): Int32Array =>
        countTwoWay({ codes: a[side], cells: a.bins }, { codes: b[side], cells: b.bins })
      const real = count('training')
      return {
        a: a.name,
        b: b.name,
        accuracy: accuracy(real, count('synthetic'), rows),
        maximum: expectedMaximum(real, rows),
      }
    }),
  )
  const both = (of: 'accuracy' | 'maximum'): { uni: number; biv: number; all: number } => {
    const uni = mean(singles.map((each) => each[of]))
    const biv = pairs.length === 0 ? uni : mean(pairs.map((each) => each[of]))
    return { uni, biv, all: (uni + biv) / 2 }
  }
  const measured = both('accuracy')
  const maximum = both('maximum').all
  return {
    accuracy: measured.all,
    univariate: measured.uni,
    bivariate: measured.biv,
    maximum,
    ratio: maximum > 0 ? measured.all / maximum : 0,
    columns: singles,
    pairs,
  }
}

/** Gate Q1. `epsilon` is the dataset's claim, under which a low budget has a threshold of its own. */
export function judgeFidelity(
  detail: FidelityDetail | undefined,
  facts: {
    readonly rows: number
    readonly epsilon: number | undefined
    /** The dataset has no column at all that is a number or a category. */
    readonly nothingToCompare?: boolean
  },
  thresholds: FidelityThresholds,
): GateResult {
  const low = facts.epsilon !== undefined && facts.epsilon <= Number(thresholds.lowEpsilon)
  const limit = low ? thresholds.minRatioLowEpsilon : thresholds.minRatio
  const base = {
    gate: 'Q1' as const,
    statistic: 'accuracy of single columns and pairs, as a share of what another real sample would reach',
    rule: `at least ${limit}${low ? ` (epsilon at most ${thresholds.lowEpsilon})` : ''}`,
    rows: facts.rows,
  }
  if (facts.nothingToCompare === true) {
    return {
      ...base,
      verdict: 'not-applicable',
      reason: 'the dataset has texts only, no column that the seeds have too',
    }
  }
  if (detail === undefined || facts.rows < thresholds.minRows) {
    return { ...base, verdict: 'insufficient-evidence', reason: `needs ${thresholds.minRows} rows on both sides` }
  }
  const good = detail.ratio >= Number(limit)
  return {
    ...base,
    value: detail.ratio,
    verdict: good ? 'pass' : 'fail',
    reason: good
      ? 'the shares of values and pairs are kept'
      : 'shares of values or pairs are too far from the training rows',
  }
}
