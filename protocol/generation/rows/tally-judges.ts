import type { CellValue, Score } from '../../../schemas/row-columns.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import type { JudgeAgreement, JudgeScore } from '../../../schemas/run-report.ts'
import type { RowPlan } from './row-plan.ts'
import { memberOf } from './templates/values.ts'

const RESAMPLES = 1000
/** Beyond as many scores the normal interval, which is the bootstrap's limit, is as good. */
const MOST_RESAMPLED = 5000

interface Judged {
  readonly column: string
  readonly score: Score
  readonly options: readonly (string | number)[]
  readonly all: number[]
  readonly accepted: number[]
}

interface Pair {
  readonly first: Judged
  readonly second: Judged
  /** Candidates by (option of the first, option of the second). */
  readonly counts: number[]
}

/** Counts a run's judge scores, and how judges with the same rubric agree on the same candidate. */
export class JudgeTally {
  readonly #judged: Judged[]
  readonly #pairs: Pair[]

  constructor({ columns }: RowPlan) {
    this.#judged = columns.flatMap((planned) => {
      if (planned.kind !== 'answer' || planned.column.type !== 'llm-judge') return []
      return planned.column.scores.map((score): Judged => {
        const options = score.options.map((option) => option.score)
        return { column: planned.name, score, options, all: options.map(() => 0), accepted: options.map(() => 0) }
      })
    })
    this.#pairs = this.#judged.flatMap((first, at) =>
      this.#judged
        .slice(at + 1)
        .filter((second) => isRepeated(first, second))
        .map((second) => ({ first, second, counts: first.options.flatMap(() => second.options.map(() => 0)) })),
    )
  }

  add({ cells, verdict }: Outcome): void {
    for (const judged of this.#judged) {
      const at = optionIn(judged, cells)
      if (at < 0) continue
      judged.all[at] = (judged.all[at] ?? 0) + 1
      if (verdict === 'accepted') judged.accepted[at] = (judged.accepted[at] ?? 0) + 1
    }
    for (const { first, second, counts } of this.#pairs) {
      const [a, b] = [optionIn(first, cells), optionIn(second, cells)]
      if (a < 0 || b < 0) continue
      const place = a * second.options.length + b
      counts[place] = (counts[place] ?? 0) + 1
    }
  }

  /** `unit`: uniform number in (0, 1) for the n-th draw of the bootstrap. */
  scores(unit: (draw: number) => number): JudgeScore[] {
    return this.#judged.map(({ column, score, options, all, accepted }) => {
      const counts = options.map((option, at) => ({ option, judged: all[at] ?? 0, accepted: accepted[at] ?? 0 }))
      const judged = all.reduce((sum, count) => sum + count, 0)
      const common = { column, score: score.name, judged, counts }
      const values = options.filter((option) => typeof option === 'number')
      if (values.length < options.length || judged === 0) return common
      const of = accepted.some((count) => count > 0) ? { acceptedMean: meanOf(values, accepted) } : {}
      return { ...common, mean: meanOf(values, all), interval: meanInterval(values, all, unit), ...of }
    })
  }

  agreement(): JudgeAgreement[] {
    return this.#pairs.map(({ first, second, counts }) => {
      const both = counts.reduce((sum, count) => sum + count, 0)
      const size = first.options.length
      const equal = counts.reduce((sum, count, at) => (Math.floor(at / size) === at % size ? sum + count : sum), 0)
      const kappa = weightedKappa(counts, first.options)
      return {
        score: first.score.name,
        columns: [first.column, second.column] as [string, string],
        both,
        equal: both === 0 ? 0 : equal / both,
        ...(kappa === undefined ? {} : { kappa }),
      }
    })
  }
}

function isRepeated(first: Judged, second: Judged): boolean {
  if (first.column === second.column || first.score.name !== second.score.name) return false
  return JSON.stringify(first.options) === JSON.stringify(second.options)
}

function optionIn({ column, score, options }: Judged, cells: Readonly<Record<string, CellValue>>): number {
  const part = memberOf(cells[column] ?? null, score.name)
  const given = part === undefined ? undefined : memberOf(part, 'score')
  return given === undefined ? -1 : options.findIndex((option) => option === given)
}

function meanOf(values: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return values.reduce((sum, value, at) => sum + value * (counts[at] ?? 0), 0) / total
}

/**
 * 95 % interval of a mean by the percentile bootstrap (Efron 1979) over 1,000 resamples, in steps of the resamples; the normal
 * interval above 5,000 scores. `counts`: how often each value was given, in all at least once.
 */
export function meanInterval(
  values: readonly number[],
  counts: readonly number[],
  unit: (draw: number) => number,
): { low: number; high: number } {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const mean = meanOf(values, counts)
  if (total > MOST_RESAMPLED) {
    const squares = values.reduce((sum, value, at) => sum + (value - mean) ** 2 * (counts[at] ?? 0), 0)
    const half = (1.959963984540054 * Math.sqrt(squares / (total - 1))) / Math.sqrt(total)
    return { low: mean - half, high: mean + half }
  }
  const given = values.flatMap((value, at) => Array.from({ length: counts[at] ?? 0 }, () => value))
  const means = Float64Array.from({ length: RESAMPLES }, (_, round) => {
    let sum = 0
    for (let at = 0; at < total; at += 1) sum += given[Math.floor(unit(round * total + at) * total)] ?? 0
    return sum / total
  }).sort()
  return { low: means[Math.floor(0.025 * RESAMPLES)] ?? mean, high: means[Math.ceil(0.975 * RESAMPLES) - 1] ?? mean }
}

/**
 * Cohen's kappa with quadratic weights (Cohen 1968) of a square table of counts, row by row. Options that are all numbers are as far
 * apart as these, others as their places. Undefined when there are no counts, or chance alone would agree wholly.
 */
export function weightedKappa(counts: readonly number[], options: readonly (string | number)[]): number | undefined {
  const size = options.length
  const total = counts.reduce((sum, count) => sum + count, 0)
  const places = options.every((option) => typeof option === 'number') ? options : options.map((_, at) => at)
  const at = (i: number, j: number) => counts[i * size + j] ?? 0
  const rows = options.map((_, i) => options.reduce<number>((sum, _option, j) => sum + at(i, j), 0))
  const columns = options.map((_, j) => options.reduce<number>((sum, _option, i) => sum + at(i, j), 0))
  let [observed, expected] = [0, 0]
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const weight = ((places[i] ?? 0) - (places[j] ?? 0)) ** 2
      observed += weight * at(i, j)
      expected += (weight * (rows[i] ?? 0) * (columns[j] ?? 0)) / Math.max(1, total)
    }
  }
  return expected === 0 ? undefined : 1 - observed / expected
}
