import type { GateResult, UtilityDetail, UtilityThresholds } from '../../schemas/evaluation.ts'
import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { SeededStream } from '../generation/seeded-stream.ts'
import { columnOf, type Table } from '../generation/table.ts'
import { boostedScores, fitBoosting } from './boosting.ts'
import { subsample } from './exact-copy.ts'
import { learnFeatures } from './features.ts'
import { type Auc, rocAuc, z95 } from './intervals.ts'
import { fitLogistic, linearScores } from './logistic-regression.ts'

/** Rows that a model is trained and tested on, at most; more change the AUC in the third digit only. */
const maximumRows = 24_000

interface Task {
  readonly task: UtilityDetail['task']
  readonly label: (value: number) => number
}

/** What is predicted, decided on training rows: one class against the rest, or above the median of a number. */
function chooseTask(column: ModelledColumn, values: Float64Array): Task {
  if (column.type === 'boolean') return { task: 'binary', label: (value) => (value === 1 ? 1 : 0) }
  if (column.type === 'categorical') {
    if (column.domain.categories.length === 2 && !column.nullable) {
      return { task: 'binary', label: (value) => (value === 1 ? 1 : 0) }
    }
    const counts = new Map<number, number>()
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
    const [top] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])
    const frequent = top?.[0] ?? 0
    const same = (value: number): boolean => value === frequent || (Number.isNaN(value) && Number.isNaN(frequent))
    return { task: 'one-against-rest', label: (value) => (same(value) ? 1 : 0) }
  }
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const median = sorted[sorted.length >> 1] ?? 0
  return { task: 'above-median', label: (value) => (value > median ? 1 : 0) }
}

interface LabelledRows {
  readonly table: Table
  readonly labels: Uint8Array
}

function trainAndTest(
  columns: readonly ModelledColumn[],
  train: LabelledRows,
  test: LabelledRows,
): Record<'logistic' | 'boosting', Auc> {
  const features = learnFeatures(columns, train.table, train.labels)
  const weights = fitLogistic(features.linear(train.table), train.labels)
  const trees = fitBoosting(features.binned(train.table), train.labels)
  return {
    logistic: rocAuc(linearScores(features.linear(test.table), weights), test.labels),
    boosting: rocAuc(boostedScores(trees, features.binned(test.table)), test.labels),
  }
}

export interface UtilityInput {
  readonly columns: readonly ModelledColumn[]
  readonly target: ModelledColumn
  readonly training: Table
  readonly control: Table
  readonly synthetic: Table
  readonly seed: Uint8Array
}

/**
 * How well models trained on synthetic rows predict the target of control rows (TSTR), beside models trained on as many
 * real rows (TRTR). The control rows are the test of both.
 */
export function measureUtility({ columns, target, training, control, synthetic, seed }: UtilityInput): UtilityDetail {
  const { task, label } = chooseTask(target, columnOf(training, target.name))
  const rows = Math.min(maximumRows, training.rows, synthetic.rows)
  const take = (table: Table, lane: number, most: number): LabelledRows => {
    const sample = subsample(table, most, new SeededStream(seed, lane))
    return { table: sample, labels: Uint8Array.from(columnOf(sample, target.name), label) }
  }
  const predictors = columns.filter(({ name }) => name !== target.name)
  const test = take(control, 5, maximumRows)
  const tstr = trainAndTest(predictors, take(synthetic, 3, rows), test)
  const trtr = trainAndTest(predictors, take(training, 4, rows), test)
  return {
    target: target.name,
    task,
    trainRows: rows,
    testRows: test.table.rows,
    models: (['logistic', 'boosting'] as const).map((model) => ({
      model,
      tstr: tstr[model],
      trtr: trtr[model],
      ratio: trtr[model].auc > 0 ? tstr[model].auc / trtr[model].auc : 0,
    })),
  }
}

function ratioInterval(tstr: Auc, trtr: Auc): { lower: number; upper: number } {
  const error = (auc: Auc): number => (auc.upper - auc.lower) / (2 * z95) / Math.max(auc.auc, 1e-9)
  const ratio = tstr.auc / Math.max(trtr.auc, 1e-9)
  const half = z95 * ratio * Math.hypot(error(tstr), error(trtr))
  return { lower: Math.max(0, ratio - half), upper: ratio + half }
}

/** Gate Q2, on the model for which synthetic rows are the poorer substitute. Not applicable without a target. */
export function judgeUtility(
  detail: UtilityDetail | undefined,
  hasTarget: boolean,
  thresholds: UtilityThresholds,
): GateResult {
  const base = {
    gate: 'Q2' as const,
    statistic: 'AUC of models trained on synthetic rows as a share of those trained on real rows',
    rule: `at least ${thresholds.minRatio}, for the worse of two models`,
  }
  if (!hasTarget) return { ...base, verdict: 'not-applicable', reason: 'no target column is declared' }
  const [worst] = [...(detail?.models ?? [])].sort((a, b) => a.ratio - b.ratio)
  if (detail === undefined || worst === undefined || detail.testRows < thresholds.minRows) {
    return { ...base, verdict: 'insufficient-evidence', reason: `needs ${thresholds.minRows} control rows` }
  }
  const judged = { ...base, value: worst.ratio, interval: ratioInterval(worst.tstr, worst.trtr), rows: detail.testRows }
  if (worst.trtr.lower <= 0.5) {
    const reason = 'real rows cannot predict the target either, so the ratio says nothing'
    return { ...judged, verdict: 'insufficient-evidence', reason }
  }
  return worst.ratio >= Number(thresholds.minRatio)
    ? { ...judged, verdict: 'pass', reason: 'models trained on synthetic rows predict nearly as well' }
    : { ...judged, verdict: 'fail', reason: `models trained on synthetic rows predict "${detail.target}" too badly` }
}
