import type { Copying } from '../../../schemas/run-report.ts'
import { quantile } from '../../text/diversity.ts'
import { characterFeatures, wordFeatures } from '../../text/minhash.ts'
import { codePoints, normaliseForComparison } from '../../text/normalise.ts'
import { SuffixAutomaton } from '../../text/suffix-automaton.ts'
import { words } from '../../text/words.ts'

/** Runs that two independent texts seldom share: 13 characters of Japanese, 8 words of other languages. */
const RUN = { characters: 13, words: 8 } as const
const OWN_FLAG = 0.2
const OTHERS_FLAG = 0.1
/** Spans beyond this many code points are flagged: Japanese; other scripts take four times as many letters to say as much. */
const LONG_SPAN = { characters: 40, words: 160 } as const
/** Of a record; an automaton takes about 160 bytes per code point. */
const LONGEST_COMPARED = 100_000

export interface ComparedRow {
  readonly text: string
  /** Number of its own record. */
  readonly record: number
}
export interface ComparedRecord {
  readonly index: number
  readonly text: string
}

interface Figures {
  readonly features: Uint32Array
  own: number
  span: number
  others: number
  readonly counts: { record: number; runs: number }
}

/**
 * What rows repeat of their own record and of others, in one pass over the records: memory goes with the rows alone, whose runs are
 * held as 32-bit hashes (a run meets another's hash by chance about once in 4,000 per million runs held). `masked`: texts whose
 * runs count for nothing, as those of the recipe. Texts are compared in their normalised form.
 */
export function measureCopying(
  rows: readonly ComparedRow[],
  records: Iterable<ComparedRecord>,
  { unit, masked }: { readonly unit: 'characters' | 'words'; readonly masked: readonly string[] },
): Omit<Copying, 'source'> {
  const hidden = new Set(masked.flatMap((text) => [...featuresOf(text, unit)]))
  const figures = rows.map(({ text }): Figures => ({
    features: featuresOf(text, unit).filter((run) => !hidden.has(run)),
    own: 0,
    span: 0,
    others: 0,
    counts: { record: -1, runs: 0 },
  }))
  const index = indexOf(figures)
  const rowsOf = Map.groupBy(rows.keys(), (at) => rows[at]?.record ?? -1)
  let compared = 0
  for (const record of records) {
    compared += 1
    const text = record.text.slice(0, LONGEST_COMPARED)
    const touched = countShared(index, figures, { number: compared, features: featuresOf(text, unit) })
    for (const at of touched) takeShare(figures[at], rows[at]?.record === record.index)
    measureSpans(rowsOf.get(record.index) ?? [], { rows, figures, text })
  }
  return summary(figures, { unit, compared })
}

function featuresOf(text: string, unit: 'characters' | 'words'): Uint32Array {
  const normal = normaliseForComparison(text)
  return unit === 'words' ? wordFeatures(words(normal), RUN.words) : characterFeatures(normal, RUN.characters)
}

/** Rows by run. */
function indexOf(figures: readonly Figures[]): Map<number, number[]> {
  const index = new Map<number, number[]>()
  for (const [at, { features }] of figures.entries()) {
    for (const run of features) {
      const known = index.get(run)
      if (known === undefined) index.set(run, [at])
      else known.push(at)
    }
  }
  return index
}

/** Counts the runs of one record in every row that has some; returns these rows. */
function countShared(
  index: ReadonlyMap<number, readonly number[]>,
  figures: readonly Figures[],
  { number, features }: { readonly number: number; readonly features: Uint32Array },
): number[] {
  const touched: number[] = []
  for (const run of features) {
    for (const at of index.get(run) ?? []) {
      const counts = figures[at]?.counts
      if (counts === undefined) continue
      if (counts.record !== number) {
        counts.record = number
        counts.runs = 0
        touched.push(at)
      }
      counts.runs += 1
    }
  }
  return touched
}

function takeShare(figure: Figures | undefined, isOwn: boolean): void {
  if (figure === undefined || figure.features.length === 0) return
  const share = figure.counts.runs / figure.features.length
  if (isOwn) figure.own = share
  else figure.others = Math.max(figure.others, share)
}

interface Spans {
  readonly rows: readonly ComparedRow[]
  readonly figures: readonly Figures[]
  readonly text: string
}

function measureSpans(places: readonly number[], { rows, figures, text }: Spans): void {
  if (places.length === 0) return
  const automaton = new SuffixAutomaton([normaliseForComparison(text)])
  for (const at of places) {
    const figure = figures[at]
    const row = rows[at]
    if (figure === undefined || row === undefined) continue
    const lengths = automaton.matchLengths(codePoints(normaliseForComparison(row.text)))
    figure.span = lengths.reduce((most, length) => Math.max(most, length), 0)
  }
}

function summary(
  figures: readonly Figures[],
  { unit, compared }: { readonly unit: 'characters' | 'words'; readonly compared: number },
): Omit<Copying, 'source'> {
  const longSpan = LONG_SPAN[unit]
  const own = figures.map((figure) => figure.own)
  const spans = figures.map(({ span }) => span)
  const others = figures.map((figure) => figure.others)
  return {
    unit,
    run: RUN[unit],
    rows: figures.length,
    own: { ...spread(own), flagged: figures.filter((each) => each.own > OWN_FLAG || each.span > longSpan).length },
    longestSpan: { p95: quantile(spans, 0.95), max: Math.max(0, ...spans), longSpan },
    others: { records: compared, ...spread(others), flagged: others.filter((share) => share > OTHERS_FLAG).length },
  }
}

function spread(values: readonly number[]): { mean: number; p95: number; max: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return { mean, p95: quantile(values, 0.95), max: Math.max(0, ...values) }
}
