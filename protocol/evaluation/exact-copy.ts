import type { CopyDetail, ExactCopyThresholds, GateResult } from '../../schemas/evaluation.ts'
import { SeededStream, shuffle } from '../generation/seeded-stream.ts'
import { pickRows, type Table } from '../generation/table.ts'
import { pairedDifference } from './intervals.ts'
import { matchRows } from './row-index.ts'

/** At most this many rows at random, in a random order fixed by the seed. */
export function subsample(table: Table, rows: number, stream: SeededStream): Table {
  if (table.rows <= rows) return table
  const order = Int32Array.from({ length: table.rows }, (_, row) => row)
  shuffle(order, stream)
  return pickRows(table, order.slice(0, rows))
}

export interface CopyInput {
  readonly synthetic: Table
  readonly training: Table
  readonly control: Table
  readonly columns: readonly string[]
  readonly seed: Uint8Array
}

/** How many synthetic rows equal a training row, a control row, or both, with equally many of each side. */
export function countCopies({ synthetic, training, control, columns, seed }: CopyInput): CopyDetail {
  const rows = Math.min(training.rows, control.rows)
  const t = subsample(training, rows, new SeededStream(seed, 1))
  const h = subsample(control, rows, new SeededStream(seed, 2))
  const inTraining = matchRows(synthetic, t, columns)
  const inControl = matchRows(synthetic, h, columns)
  const tally = new CopyTally(t.rows, h.rows)
  for (let row = 0; row < synthetic.rows; row += 1) tally.add(inTraining[row] ?? -1, inControl[row] ?? -1)
  return tally.detail()
}

/** Counts which synthetic rows match a training row, a control row, or both. */
export class CopyTally {
  #rows = 0
  #both = 0
  #training: Int32Array
  #control: Int32Array

  constructor(trainingRows: number, controlRows: number) {
    this.#training = new Int32Array(trainingRows)
    this.#control = new Int32Array(controlRows)
  }

  /** One synthetic row, with the row that it matches on either side or -1. */
  add(inTraining: number, inControl: number): void {
    this.#rows += 1
    if (inTraining >= 0 && inControl >= 0) this.#both += 1
    else if (inTraining >= 0) this.#training[inTraining] = (this.#training[inTraining] ?? 0) + 1
    else if (inControl >= 0) this.#control[inControl] = (this.#control[inControl] ?? 0) + 1
  }

  detail(): CopyDetail {
    const sum = (counts: Int32Array) => counts.reduce((total, count) => total + count, 0)
    const squares = (counts: Int32Array) => counts.reduce((total, count) => total + count * count, 0)
    const [trainingOnly, controlOnly] = [sum(this.#training), sum(this.#control)]
    return {
      trainingOnly,
      controlOnly,
      both: this.#both,
      designEffect: (squares(this.#training) + squares(this.#control)) / Math.max(1, trainingOnly + controlOnly),
      compared: { synthetic: this.#rows, training: this.#training.length, control: this.#control.length },
    }
  }
}

/**
 * Gate G1: synthetic rows that copy a training row, beyond what copies of rows it never saw would be. The upper 95 %
 * bound decides, with repeated synthetic rows as one observation; where chance matches are common, no significant excess and a wider bound; with few rows, no copy at all.
 */
export function judgeCopies(copies: CopyDetail, thresholds: ExactCopyThresholds): GateResult {
  const n = copies.compared.synthetic
  // equal synthetic rows match together: counts are divided by how often an average match repeats
  const effect = Math.max(1, copies.designEffect)
  const { value, lower, upper } = pairedDifference({
    firstOnly: copies.trainingOnly / effect,
    secondOnly: copies.controlOnly / effect,
    n: n / effect,
  })
  const base = {
    gate: 'G1' as const,
    statistic: 'share of rows equal to a training row minus share equal to a control row',
    value,
    interval: { lower, upper },
    rows: n,
    rule: `upper 95 % bound at most ${thresholds.maxExcess}`,
  }
  if (copies.compared.control === 0 || n === 0) {
    return { ...base, verdict: 'insufficient-evidence', reason: 'there is no control set to compare with' }
  }
  if (n < thresholds.minRows) return judgeFew(copies, { base, lower, thresholds })
  const chance = (copies.trainingOnly + copies.controlOnly) / n
  const weak = chance > Number(thresholds.chanceMatches)
  const limit = Number(weak ? thresholds.maxExcessWeak : thresholds.maxExcess)
  const judged = weak
    ? {
        ...base,
        rule: `lower 95 % bound at most 0 and upper at most ${thresholds.maxExcessWeak}, because chance matches are common`,
        note: 'weak: chance matches',
      }
    : base
  if (upper <= limit && (!weak || lower <= 0)) {
    return { ...judged, verdict: 'pass', reason: 'copies of training rows are no more than chance explains' }
  }
  if (lower > (weak ? 0 : limit)) {
    return { ...judged, verdict: 'fail', reason: 'more training rows are copied than chance explains' }
  }
  return { ...judged, verdict: 'insufficient-evidence', reason: 'too few rows to tell copies from chance' }
}

interface FewRows {
  readonly base: Omit<GateResult, 'verdict' | 'reason'>
  readonly lower: number
  readonly thresholds: ExactCopyThresholds
}

function judgeFew(copies: CopyDetail, { base, lower, thresholds }: FewRows): GateResult {
  const result = { ...base, rule: `no copy of a training row, because there are under ${thresholds.minRows} rows` }
  if (copies.trainingOnly === 0) {
    return { ...result, verdict: 'pass', reason: 'no training row is copied', note: 'zero tolerance: few rows' }
  }
  return lower > Number(thresholds.maxExcess)
    ? { ...result, verdict: 'fail', reason: 'more training rows are copied than chance explains' }
    : {
        ...result,
        verdict: 'insufficient-evidence',
        reason: 'a training row is copied and there are too few rows to judge it',
      }
}
