import type { CellValue } from '../../../schemas/row-columns.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import { randomStream } from './counter-random.ts'
import { compileDraw, type Draw } from './draw.ts'
import type { PlannedSampler, RowPlan } from './row-plan.ts'
import { convert } from './sampler-conversion.ts'
import { holdsFor } from './templates/template.ts'

/** Draws the sampler columns of a plan; a value depends on the run seed, its column and its row alone. */
export interface RowSampler {
  readonly names: readonly string[]
  /** Values of rows `from` to `from + count − 1`, by column name. */
  readonly columns: (from: number, count: number) => Readonly<Record<string, readonly CellValue[]>>
  /** The same values of one row. */
  readonly row: (row: number) => RowRecord
}

/** Compiles the samplers once for a run; `runSeed` has 32 bytes. */
export function createRowSampler(plan: RowPlan, runSeed: Uint8Array): RowSampler {
  const planned = plan.columns.filter((column) => column.kind === 'sampler')
  const compiled = planned.map((column) => ({ column, draw: compileColumn(column, runSeed) }))
  const columns = (from: number, count: number): Record<string, CellValue[]> => {
    const drawn: Record<string, CellValue[]> = {}
    for (const { column, draw } of compiled) drawn[column.name] = drawColumn(column, draw, { from, count, drawn })
    return drawn
  }
  const row = (at: number): RowRecord => {
    const record: RowRecord = {}
    for (const { column, draw } of compiled) record[column.name] = draw(at, record)
    return record
  }
  return { names: planned.map(({ name }) => name), columns, row }
}

interface Rows {
  readonly from: number
  readonly count: number
  readonly drawn: Readonly<Record<string, readonly CellValue[]>>
}

function drawColumn({ needs }: PlannedSampler, draw: Draw, { from, count, drawn }: Rows): CellValue[] {
  const values: CellValue[] = []
  const parents = needs.map((name) => ({ name, of: drawn[name] ?? [] }))
  const record: RowRecord = {}
  for (let at = 0; at < count; at += 1) {
    for (const { name, of } of parents) record[name] = of[at] ?? null
    values.push(draw(from + at, record))
  }
  return values
}

/** The draw of a column: the first sampler whose condition holds, converted. */
function compileColumn({ column, conditional }: PlannedSampler, runSeed: Uint8Array): Draw {
  const random = randomStream(runSeed, `column:${column.name}`)
  const usual = compileDraw(column.sampler, random)
  const special = conditional.map(({ when, sampler }) => ({ when, draw: compileDraw(sampler, random) }))
  const draw: Draw =
    special.length === 0
      ? usual
      : (row, record) => (special.find(({ when }) => holdsFor(when, record))?.draw ?? usual)(row, record)
  const { convertTo } = column
  if (convertTo === undefined) return draw
  return (row, record) => {
    const value = draw(row, record)
    return typeof value === 'object' ? value : (convert(value, convertTo) ?? null)
  }
}
