import type { PlannedColumn, RowPlan } from '../../../protocol/generation/rows/row-plan.ts'
import { isAccepted, recordCell, skippedCell } from '../../../protocol/generation/rows/local-cells.ts'
import { createRowSampler } from '../../../protocol/generation/rows/samplers.ts'
import type { SourceWalk } from '../../../protocol/generation/rows/source-walk.ts'
import { TemplateError } from '../../../protocol/generation/rows/templates/syntax.ts'
import type { Call, Outcome } from '../../../schemas/outcomes.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { Models } from '../../ports/models.ts'
import type { Answers } from './answers.ts'
import { createCellMaker } from './make-cell.ts'
import { CellRejected } from './run-stopped.ts'
import type { IndexedRecords } from '../../ports/records.ts'

export interface RowMaking {
  readonly plan: RowPlan
  readonly runSeed: Uint8Array
  readonly walk: SourceWalk
  readonly sources: ReadonlyMap<string, IndexedRecords>
  readonly answers: Answers
  readonly models: Models
}

export interface RowMaker {
  /** Every cell of one candidate, each as soon as the cells that it needs are there. */
  make(index: number, signal: AbortSignal): Promise<Outcome>
}

/** A column whose cells are made one by one from others. */
export type MadeColumn = Exclude<PlannedColumn, { kind: 'sampler' | 'record' }>

/** What is known of a candidate while its cells are made. */
export interface OpenRow {
  readonly index: number
  readonly cells: RowRecord
  readonly skipped: Set<string>
  readonly calls: Call[]
  readonly signal: AbortSignal
}

export function createRowMaker(making: RowMaking): RowMaker {
  const sampler = createRowSampler(making.plan, making.runSeed)
  const makeCell = createCellMaker(making)
  return {
    make: async (index, signal) => {
      const read = making.walk.recordsOf(index)
      const records = await readRecords(making, read)
      const row: OpenRow = { index, cells: sampler.row(index), skipped: new Set(), calls: [], signal }
      const progress = new RowProgress(row)
      for (const [position, planned] of making.plan.columns.entries()) {
        if (planned.kind === 'sampler') continue
        if (planned.kind === 'record') row.cells[planned.name] = recordCell(planned, records.get(planned.source) ?? {})
        else progress.start({ position, planned }, () => makeCell(planned, row))
      }
      await progress.end()
      return outcomeOf(making.plan, row, { rejection: progress.rejection, sources: read })
    },
  }
}

async function readRecords(
  { sources }: RowMaking,
  read: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<string, RowRecord>> {
  const pairs = await Promise.all(
    Object.entries(read).map(async ([name, at]) => [name, (await sources.get(name)?.record(at)) ?? {}] as const),
  )
  return new Map(pairs)
}

interface Rejection {
  readonly reason: string
  readonly column: string
  readonly position: number
}

/**
 * Runs the cells of one row. When a cell is rejected, later columns are not begun and earlier ones come to their end, so that the
 * reason is always that of the first rejected column, whatever the order of the answers.
 */
class RowProgress {
  readonly #row: OpenRow
  readonly #started = new Map<string, Promise<void>>()
  rejection: Rejection | undefined
  #error: { readonly error: unknown } | undefined

  constructor(row: OpenRow) {
    this.#row = row
  }

  start({ position, planned }: { position: number; planned: MadeColumn }, make: () => Promise<void> | undefined): void {
    const waits = planned.needs.flatMap((need) => this.#started.get(need) ?? [])
    const run = () => {
      const given = this.rejection !== undefined && this.rejection.position < position
      return this.#error !== undefined || given || this.#skips(planned) ? undefined : make()
    }
    const failed = (error: unknown) => this.#failed({ position, column: planned.name }, error)
    if (waits.length > 0) {
      this.#started.set(planned.name, Promise.all(waits).then(run).catch(failed))
      return
    }
    try {
      const made = run()
      if (made !== undefined) this.#started.set(planned.name, made.catch(failed))
    } catch (error) {
      failed(error)
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.values())
    if (this.#error !== undefined) throw this.#error.error
  }

  #skips(planned: MadeColumn): boolean {
    const { cells, skipped } = this.#row
    const skip = skippedCell(planned, cells, skipped)
    if (skip === undefined) return false
    skipped.add(planned.name)
    cells[planned.name] = skip.value
    return true
  }

  #failed({ position, column }: { position: number; column: string }, error: unknown): void {
    const reason = error instanceof CellRejected ? error.reason : error instanceof TemplateError ? 'render' : undefined
    if (reason === undefined) this.#error ??= { error }
    else if (this.rejection === undefined || position < this.rejection.position) {
      this.rejection = { reason, column, position }
    }
  }
}

interface Ending {
  readonly rejection: Rejection | undefined
  readonly sources: Readonly<Record<string, number>>
}

/** What was begun behind the column of the rejection is left out: how far it came depends on chance. */
function outcomeOf(plan: RowPlan, row: OpenRow, { rejection, sources }: Ending): Outcome {
  const kept = rejection === undefined ? plan.columns : plan.columns.slice(0, rejection.position + 1)
  const names = kept.map(({ name }) => name)
  const common = {
    index: row.index,
    sources: { ...sources },
    skipped: names.filter((name) => row.skipped.has(name)),
    cells: Object.fromEntries(
      names.flatMap((name) => (row.cells[name] === undefined ? [] : [[name, row.cells[name]]])),
    ),
    calls: names.flatMap((name) => row.calls.filter((call) => call.column === name)),
  }
  if (rejection !== undefined) {
    return { ...common, verdict: 'rejected', reason: rejection.reason, column: rejection.column }
  }
  const refusal = refusalOf(plan, row.cells)
  return refusal === undefined
    ? { ...common, verdict: 'accepted' }
    : { ...common, verdict: 'rejected', reason: refusal }
}

function refusalOf(plan: RowPlan, cells: RowRecord): string | undefined {
  try {
    return isAccepted(plan, cells) ? undefined : 'accept'
  } catch (error) {
    if (error instanceof TemplateError) return 'render'
    throw error
  }
}
