import {
  createReportCollector,
  type ReportCollector,
  ROWS_MEASURED,
} from '../../../protocol/generation/rows/collect-report.ts'
import type { ComparedRecord } from '../../../protocol/generation/rows/copying.ts'
import { costOf, moneyText } from '../../../protocol/generation/rows/money.ts'
import { personaEffect } from '../../../protocol/generation/rows/persona-effect.ts'
import { recipeTexts, recordText } from '../../../protocol/generation/rows/row-text.ts'
import type { ReportedSource } from '../../../protocol/generation/rows/tally-coverage.ts'
import { instantOf } from '../../../protocol/instant.ts'
import { refuse, Refused } from '../../../protocol/refusal.ts'
import { type PersonaEffect, RunReport } from '../../../schemas/run-report.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import type { IndexedRecords } from '../../ports/records.ts'
import type { MeasuredRows, MeasureRows } from '../../ports/report-tasks.ts'
import { isResting } from '../run-board.ts'
import { findRun, type RunDeps } from '../run-commit.ts'
import { runFolder } from '../run-files.ts'
import { planOf } from './open-generation.ts'
import { readOutcomes } from './outcomes.ts'
import { openSources } from './sources.ts'

/** Rows that are compared with the records of sources. */
const ROWS_COMPARED = 1000
/** Records that they are compared with at most, and their characters. */
const MOST_RECORDS = 20_000
const MOST_CHARACTERS = 64_000_000

/** What a run of rows came to, kept sealed beside it once it has ended. */
export async function reportRun(deps: RunDeps, reference: string, signal?: AbortSignal): Promise<RunReport> {
  const run = await rowRun(deps, reference)
  const kept = await keptReport(deps, run)
  if (kept !== undefined) return kept
  const report = await makeReport(deps, run, { most: ROWS_MEASURED, signal })
  if (report.complete) {
    const path = reportPath(run.id)
    const bytes = new TextEncoder().encode(JSON.stringify(report))
    await deps.blobs.write(path, await deps.keys.seal(path, bytes))
  }
  return report
}

/** Compares a run with one that had no personas, both measured on as many rows as the smaller of them has. */
export async function compareRuns(
  deps: RunDeps,
  references: { readonly run: string; readonly without: string },
  signal?: AbortSignal,
): Promise<PersonaEffect> {
  const [run, without] = [await rowRun(deps, references.run), await rowRun(deps, references.without)]
  const counts = [await reportRun(deps, run.id, signal), await reportRun(deps, without.id, signal)]
  const most = Math.min(ROWS_MEASURED, ...counts.map(({ funnel }) => funnel.accepted))
  const options = { most, signal }
  const [a, b] = [await makeReport(deps, run, options), await makeReport(deps, without, options)]
  const effect = personaEffect(a.diversity, b.diversity)
  if ('code' in effect) throw new Refused(effect)
  return effect
}

export async function rowRun(deps: RunDeps, reference: string): Promise<RowRun> {
  const run = await findRun(deps, reference)
  if (run.kind === 'rows') return run
  return refuse('unsupported', 'the run made a table, not rows', 'Measure its dataset with: tanemaki dataset evaluate')
}

const reportPath = (runId: string) => `${runFolder(runId)}/report`

async function keptReport({ blobs, keys }: RunDeps, run: RowRun): Promise<RunReport | undefined> {
  const path = reportPath(run.id)
  if (run.finishedAt === undefined || (await blobs.stat(path)) === undefined) return undefined
  const opened = await keys.open(path, await blobs.read(path))
  const report = RunReport.parse(JSON.parse(new TextDecoder().decode(opened)))
  // A run that was resumed has come to something else since.
  return report.at >= run.finishedAt ? report : undefined
}

interface Making {
  readonly most: number
  readonly signal: AbortSignal | undefined
}

/** Makes the report anew, whatever is kept. `most`: rows whose texts are measured. */
export async function makeReport(deps: RunDeps, run: RowRun, { most, signal }: Making): Promise<RunReport> {
  const plan = planOf(run.recipe)
  const opened = await openedSources(deps, run)
  const sources = Object.entries(run.sources).map(([name, { kind }]): ReportedSource => ({
    name,
    kind,
    records: opened.get(name)?.records ?? 0,
  }))
  const collector = createReportCollector(plan, { sources, most })
  const personas = [...opened].filter(([name]) => run.sources[name]?.kind === 'persona-pack')
  const cost = createCost(deps, run)
  for await (const outcome of readOutcomes(deps, run.id)) {
    signal?.throwIfAborted()
    const records: Record<string, RowRecord> = {}
    for (const [name, source] of personas) records[name] = await source.record(outcome.sources[name] ?? 0)
    collector.add(outcome, records)
    for (const call of outcome.calls) cost.add(call)
  }
  const counted = collector.counted()
  const measured = await measure(deps, { run, collector, opened }, signal)
  const { accepted } = counted.funnel
  return RunReport.parse({
    runId: run.id,
    recipe: { name: run.recipe.name, sha256: run.recipeSha256 },
    at: instantOf(deps.clock.now()),
    complete: isResting(run),
    ...counted,
    cost: { ...counted.cost, ...cost.result(accepted) },
    ...measured,
  })
}

/** Sources that can still be read: what is erased is not compared with any more. */
async function openedSources(deps: RunDeps, run: RowRun): Promise<ReadonlyMap<string, IndexedRecords>> {
  const opened = new Map<string, IndexedRecords>()
  for (const [name, bound] of Object.entries(run.sources)) {
    try {
      for (const [, source] of await openSources(deps, { [name]: bound })) opened.set(name, source)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
  return opened
}

function createCost({ models }: RunDeps, { recipe }: RowRun) {
  const prices = new Map(
    recipe.columns.map((column) => {
      const model = 'model' in column && column.model !== undefined ? recipe.models[column.model] : undefined
      return [column.name, model && models.endpoint(model.endpoint)?.price] as const
    }),
  )
  let units = 0n
  let currency: string | undefined
  return {
    add: ({ column, usage }: { column: string; usage: Parameters<typeof costOf>[1] }) => {
      const price = prices.get(column)
      units += costOf(price, usage)
      currency = price?.currency ?? currency
    },
    result: (accepted: number) => {
      if (currency === undefined) return {}
      const perRow = accepted === 0 ? {} : { moneyPerRow: moneyText(units / BigInt(accepted)) }
      return { money: moneyText(units), ...perRow, currency }
    },
  }
}

interface Measuring {
  readonly run: RowRun
  readonly collector: ReportCollector
  readonly opened: ReadonlyMap<string, IndexedRecords>
}

async function measure(
  deps: RunDeps,
  { run, collector, opened }: Measuring,
  signal: AbortSignal | undefined,
): Promise<Pick<RunReport, 'diversity' | 'copying'>> {
  const { rows, embedding } = collector
  if (rows.length === 0) return { copying: [] }
  const sources: MeasureRows['sources'][number][] = []
  for (const [name, source] of opened) {
    if (run.sources[name]?.kind === 'persona-pack') continue
    const own = new Set(rows.slice(0, ROWS_COMPARED).flatMap((row) => row.sources[name] ?? []))
    sources.push({ name, records: await comparedRecords(source, own) })
  }
  const input: MeasureRows = {
    rows,
    language: run.recipe.language,
    ...(embedding === undefined ? {} : { embedding }),
    sources,
    compared: ROWS_COMPARED,
    masked: recipeTexts(planOf(run.recipe)),
  }
  const options = signal === undefined ? {} : { signal }
  const { diversity, copying } = await deps.workers.run<MeasuredRows>('measure-rows', input, options)
  const exact = collector.exactDuplicates()
  return {
    diversity: exact === undefined ? diversity : { ...diversity, exactDuplicates: exact },
    copying: [...copying],
  }
}

/** The rows' own records, then others from the first on, as many as are compared at most. */
async function comparedRecords(source: IndexedRecords, own: ReadonlySet<number>): Promise<ComparedRecord[]> {
  const records: ComparedRecord[] = []
  let characters = 0
  const take = async (index: number) => {
    const text = recordText(await source.record(index))
    characters += text.length
    records.push({ index, text })
  }
  for (const index of [...own].toSorted((a, b) => a - b)) await take(index)
  for (let index = 0; index < source.records; index += 1) {
    if (records.length >= MOST_RECORDS || characters >= MOST_CHARACTERS) break
    if (!own.has(index)) await take(index)
  }
  return records
}
