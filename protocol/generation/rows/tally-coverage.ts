import type { Outcome } from '../../../schemas/outcomes.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { Marginal, RunReport, SourceCoverage } from '../../../schemas/run-report.ts'
import { textOf } from './templates/values.ts'

/** Rows that make a record well covered. */
const ENOUGH_ROWS = 5
/** A field with more values says little about groups. */
const MOST_VALUES = 120
const MOST_NAMED = 100
const STEPS = [0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1000]

export interface ReportedSource {
  readonly name: string
  readonly kind: SourceCoverage['kind']
  readonly records: number
}

/** Counts candidates and accepted rows by record. 16 bytes and a map's entry for each record that was tried. */
export class CoverageTally {
  readonly #source: ReportedSource
  readonly #tried = new Map<number, number>()

  constructor(source: ReportedSource) {
    this.#source = source
  }

  add({ sources, verdict }: Outcome): void {
    const record = sources[this.#source.name]
    if (record === undefined) return
    this.#tried.set(record, (this.#tried.get(record) ?? 0) + (verdict === 'accepted' ? 1 : 0))
  }

  result(): SourceCoverage {
    const rows = Float64Array.from(this.#tried.values())
    return {
      source: this.#source.name,
      kind: this.#source.kind,
      records: this.#source.records,
      tried: rows.length,
      accepted: rows.filter((count) => count > 0).length,
      enough: { rows: ENOUGH_ROWS, records: rows.filter((count) => count >= ENOUGH_ROWS).length },
      gini: gini(rows),
      rowsPerRecord: histogram(rows),
    }
  }

  /** Records with fewer accepted rows than wanted; those that no candidate had are short too. */
  short(wanted: number): NonNullable<RunReport['minPerLeft']> {
    const records: number[] = []
    let short = 0
    for (let record = 0; record < this.#source.records; record += 1) {
      if ((this.#tried.get(record) ?? 0) >= wanted) continue
      short += 1
      if (records.length < MOST_NAMED) records.push(record)
    }
    return { wanted, short, records }
  }
}

/** Gini coefficient of counts, 0 (all equal) to 1 − 1/n (all on one); 0 when there is nothing to share. */
export function gini(counts: Float64Array): number {
  const sorted = counts.slice().sort()
  let [sum, weighted] = [0, 0]
  for (const [at, count] of sorted.entries()) {
    sum += count
    weighted += (at + 1) * count
  }
  if (sum === 0) return 0
  return (2 * weighted) / (sorted.length * sum) - (sorted.length + 1) / sorted.length
}

function histogram(rows: Float64Array): SourceCoverage['rowsPerRecord'] {
  const most = rows.reduce((max, count) => Math.max(max, count), 0)
  const starts = STEPS.filter((step) => step <= most)
  return starts.map((from, at) => {
    const to = (starts[at + 1] ?? most + 1) - 1
    return { from, to, records: rows.filter((count) => count >= from && count <= to).length }
  })
}

interface Field {
  readonly values: Map<string, { all: number; accepted: number }>
}

/** How records' fields are distributed among all candidates and among the accepted ones; for sources of personas. */
export class MarginalTally {
  readonly #source: string
  /** undefined: too many values. */
  readonly #fields = new Map<string, Field | undefined>()
  #candidates = 0
  #accepted = 0

  constructor(source: string) {
    this.#source = source
  }

  add({ verdict }: Outcome, record: RowRecord): void {
    this.#candidates += 1
    if (verdict === 'accepted') this.#accepted += 1
    for (const [name, value] of Object.entries(record)) {
      const field = this.#fields.has(name) ? this.#fields.get(name) : { values: new Map() }
      if (field === undefined) continue
      this.#fields.set(name, field)
      const key = textOf(value).slice(0, 80)
      const known = field.values.get(key) ?? { all: 0, accepted: 0 }
      field.values.set(key, known)
      known.all += 1
      if (verdict === 'accepted') known.accepted += 1
      if (field.values.size > MOST_VALUES) this.#fields.set(name, undefined)
    }
  }

  result(): Marginal[] {
    if (this.#accepted === 0) return []
    return [...this.#fields].flatMap(([field, counted]) => {
      if (counted === undefined || counted.values.size < 2) return []
      const values = [...counted.values.values()]
      const distance = values.reduce(
        (sum, { all, accepted }) => sum + Math.abs(all / this.#candidates - accepted / this.#accepted) / 2,
        0,
      )
      const shares = values.map(({ all }) => all / this.#candidates)
      const byChance = distanceByChance(shares, { from: this.#candidates, drawn: this.#accepted })
      return [{ source: this.#source, field, values: values.length, distance, byChance }]
    })
  }
}

/**
 * Expected total variation distance to the whole when `drawn` of `from` are drawn at random: half the sum of the mean deviations of
 * the normal limit, √(2p(1 − p)/πn), with the correction for drawing without replacement.
 */
function distanceByChance(shares: readonly number[], { from, drawn }: { from: number; drawn: number }): number {
  if (from <= 1) return 0
  const left = (from - drawn) / (from - 1)
  const deviations = shares.map((share) => Math.sqrt((2 * share * (1 - share) * left) / (Math.PI * drawn)))
  return deviations.reduce((sum, deviation) => sum + deviation, 0) / 2
}
