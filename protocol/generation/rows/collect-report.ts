import type { CellValue } from '../../../schemas/row-columns.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { RunReport, Tokens } from '../../../schemas/run-report.ts'
import { normaliseForComparison } from '../../text/normalise.ts'
import { createReservoir, type Reservoir } from '../../text/reservoir.ts'
import { addUsage, CallTally, FunnelTally, noTokens, ParameterTally } from './tally-funnel.ts'
import { CoverageTally, MarginalTally, type ReportedSource } from './tally-coverage.ts'
import { JudgeTally } from './tally-judges.ts'
import { reportDraws } from './report-sampling.ts'
import { renderOutput } from './render-output.ts'
import { createRowText } from './row-text.ts'
import type { RowPlan } from './row-plan.ts'

/** Rows whose texts are measured at most; about 4 KiB each. */
export const ROWS_MEASURED = 10_000
/** Distinct texts that are counted exactly; 16 bytes each. */
const MOST_DISTINCT = 2_000_000

/** An accepted row whose text is measured. */
export interface SampledRow {
  readonly text: string
  /** Record of each source. */
  readonly sources: Readonly<Record<string, number>>
  /** Of the recipe's embedding column, where a model made it. */
  readonly vector?: Float32Array
}

/** What one pass over the outcomes of a run gathers for its report, in memory that does not grow with the run's texts. */
export interface ReportCollector {
  /** `records`: of the sources that are persona packs, by name. */
  add(outcome: Outcome, records: Readonly<Record<string, RowRecord>>): void
  readonly rows: readonly SampledRow[]
  /** Name of the embedding column that `vector` is from. */
  readonly embedding: string | undefined
  /** Share of accepted rows whose text is that of an earlier one, over all of them; undefined where they are too many. */
  exactDuplicates(): { readonly texts: number; readonly share: number } | undefined
  counted(): CountedReport
}

/** The part of a report that is counts alone. */
export type CountedReport = Pick<
  RunReport,
  'funnel' | 'coverage' | 'marginals' | 'judges' | 'agreement' | 'parameters'
> &
  Pick<RunReport, 'minPerLeft'> & { readonly cost: Omit<RunReport['cost'], 'money' | 'moneyPerRow' | 'currency'> }

/** `most`: rows to sample at most, for comparing runs at equal numbers. */
export function createReportCollector(
  plan: RowPlan,
  { sources, most = ROWS_MEASURED }: { readonly sources: readonly ReportedSource[]; readonly most?: number },
): ReportCollector {
  const unit = reportDraws()
  const tallies = {
    funnel: new FunnelTally(),
    calls: new CallTally(),
    parameters: new ParameterTally(),
    judges: new JudgeTally(plan),
    coverage: sources.map((source) => ({ source, tally: new CoverageTally(source) })),
    marginals: sources
      .filter(({ kind }) => kind === 'persona-pack')
      .map(({ name }) => ({ name, tally: new MarginalTally(name) })),
  }
  const reservoir = createReservoir<SampledRow>(most, (place) => unit('rows', place))
  const textOf = createRowText(plan)
  const embedding = plan.columns.find(
    ({ kind, column }) => kind === 'embedding' && 'model' in column && column.model !== undefined,
  )
  const seen = new Set<number>()
  return {
    add: (outcome, records) => {
      tallies.funnel.add(outcome)
      tallies.calls.add(outcome.calls)
      tallies.parameters.add(outcome)
      tallies.judges.add(outcome)
      for (const { tally } of tallies.coverage) tally.add(outcome)
      for (const { name, tally } of tallies.marginals) {
        const record = records[name]
        if (record !== undefined) tally.add(outcome, record)
      }
      if (outcome.verdict === 'accepted')
        sample(reservoir, seen, rowOf(outcome, textOf(renderOutput(plan, outcome.cells)), embedding?.name))
    },
    rows: reservoir.items,
    embedding: embedding?.name,
    exactDuplicates: () => {
      const texts = reservoir.seen
      if (seen.size >= MOST_DISTINCT) return undefined
      return { texts, share: texts === 0 ? 0 : 1 - seen.size / texts }
    },
    counted: () => countedOf(plan, tallies, unit),
  }
}

function rowOf({ cells, sources }: Outcome, text: string, embedding?: string): SampledRow {
  const vector = embedding === undefined ? undefined : vectorOf(cells[embedding])
  return { text, sources, ...(vector === undefined ? {} : { vector }) }
}

/** An embedding cell holds one vector per text; rows are compared by the first. */
function vectorOf(cell: CellValue | undefined): Float32Array | undefined {
  const first = Array.isArray(cell) ? cell[0] : undefined
  return Array.isArray(first) ? Float32Array.from(first, Number) : undefined
}

function sample(reservoir: Reservoir<SampledRow>, seen: Set<number>, row: SampledRow): void {
  reservoir.offer(row)
  if (seen.size < MOST_DISTINCT) seen.add(textKey(normaliseForComparison(row.text)))
}

/** 53 bits of two independent 32-bit hashes: among a million texts two different ones meet with probability 0.0001. */
function textKey(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 0x85ebca6b)
    a ^= a >>> 13
    b = Math.imul(b ^ code, 0xc2b2ae35)
    b ^= b >>> 15
  }
  return (b >>> 11) * 0x100000000 + (a >>> 0)
}

interface Tallies {
  readonly funnel: FunnelTally
  readonly calls: CallTally
  readonly parameters: ParameterTally
  readonly judges: JudgeTally
  readonly coverage: readonly { readonly source: ReportedSource; readonly tally: CoverageTally }[]
  readonly marginals: readonly { readonly tally: MarginalTally }[]
}

function countedOf(
  { recipe }: RowPlan,
  tallies: Tallies,
  unit: (stream: string, draw: number) => number,
): CountedReport {
  const funnel = tallies.funnel.result()
  const columns = tallies.calls.columns()
  const tokens = noTokens()
  for (const column of columns) addUsage(tokens, column.tokens)
  const calls = columns.reduce((sum, column) => sum + column.calls, 0)
  const { accepted } = funnel
  const all = tokens.inputTokens + tokens.outputTokens
  const left = tallies.coverage.find(({ source }) => source.name === recipe.cross?.left)
  const wanted = recipe.cross?.minPerLeft
  return {
    funnel,
    cost: { calls, tokens, ...(accepted === 0 ? {} : { tokensPerRow: all / accepted }), columns },
    coverage: tallies.coverage.map(({ tally }) => tally.result()),
    ...(left === undefined || wanted === undefined ? {} : { minPerLeft: left.tally.short(wanted) }),
    marginals: tallies.marginals.flatMap(({ tally }) => tally.result()),
    judges: tallies.judges.scores((draw) => unit('bootstrap', draw)),
    agreement: tallies.judges.agreement(),
    parameters: tallies.parameters.result(),
  }
}

/**
 * What the texts of a recipe are cut into: characters where its language is written without spaces, else words, whose cuts follow
 * the given version of ICU.
 */
export function tokensOf(language: string, icu: string): Tokens {
  return /^(ja|zh|th|lo|km|my)\b/i.test(language) ? { unit: 'characters' } : { unit: 'words', icu }
}
