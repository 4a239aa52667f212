import { constraintColumns, type ModelledColumn, type SeedSchema } from '../../schemas/seed-schema.ts'
import { Refused } from '../refusal.ts'
import { keepValid, tableConstraints } from './constraints.ts'
import { columnCells } from './domain.ts'
import { learnChances, type RowChances } from './raking.ts'
import { sampleCodes } from './sample.ts'
import { SeededStream } from './seeded-stream.ts'
import { pickRows, type Table } from './table.ts'
import type { TreeModel } from './tree-model.ts'

export interface RowSource {
  readonly schema: SeedSchema
  readonly columns: readonly ModelledColumn[]
  readonly model: TreeModel
  /** 32 bytes. */
  readonly runSeed: Uint8Array
}

/** Rows of one block: blocks are independent streams of the run seed, so that they could be made anywhere. */
const blockRows = 131_072
/** Lanes from here on decide which rows are kept. */
const keepLanes = 0x8000_0000
/** Rows that the weights are learnt from, at least and at most. */
const pilotRows = { least: 1000, most: 40_000 }
/** Rows drawn per row kept before constraints are called impossible. */
const maximumDraws = 400

function drawBlock({ columns, model, runSeed }: RowSource, block: number, rows: number): Table {
  const stream = new SeededStream(runSeed, block)
  const codes = sampleCodes(model, rows, stream)
  const position = new Map(model.order.map(({ name }, at) => [name, at]))
  const below = (n: number): number => stream.below(n)
  return {
    rows,
    columns: columns.map((column) => {
      const cells = columnCells(column)
      const own = codes[position.get(column.name) ?? 0] ?? new Uint16Array(rows)
      const values = new Float64Array(rows)
      for (let row = 0; row < rows; row += 1) values[row] = cells.decode(own[row] ?? 0, below)
      return { name: column.name, values }
    }),
  }
}

/** Draws blocks and keeps the rows that keep the constraints; counts what each constraint turned away. */
class ValidRows {
  readonly #source: RowSource
  readonly #broken = new Map<string, number>()
  #block = 0
  #drawn = 0
  #kept = 0

  constructor(source: RowSource) {
    this.#source = source
  }

  /** Rows to draw for this many kept ones, going by the past. */
  estimate(missing: number): number {
    if (this.#drawn === 0) return Math.min(blockRows, missing)
    const needed = (missing * this.#drawn) / Math.max(1, this.#kept)
    return Math.min(blockRows, Math.max(1000, Math.ceil(1.05 * needed)))
  }

  /** @throws Refused when hardly any row is kept */
  next(rows: number): Table {
    const table = drawBlock(this.#source, this.#block, rows)
    const constraints = tableConstraints(this.#source.schema, table)
    const { kept, broken } = keepValid(constraints, rows)
    this.#block += 1
    this.#drawn += rows
    this.#kept += kept.length
    for (const [at, { name }] of constraints.entries()) {
      this.#broken.set(name, (this.#broken.get(name) ?? 0) + (broken[at] ?? 0))
    }
    if (this.#drawn > 100_000 && this.#drawn > maximumDraws * (this.#kept + 1)) throw impossible(this.#broken)
    return kept.length === rows ? table : pickRows(table, kept)
  }
}

function impossible(broken: ReadonlyMap<string, number>): Refused {
  const [worst] = [...broken].sort(([, a], [, b]) => b - a)
  return new Refused({
    code: 'constraint-unsatisfiable',
    detail: `almost no generated row keeps the constraint "${worst?.[0] ?? ''}"`,
    hint: 'check the constraint against the declared domains, or generate its columns with a larger epsilon',
  })
}

function joinTables(tables: readonly Table[]): Table {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const columns = (tables[0]?.columns ?? []).map(({ name }, at) => {
    const values = new Float64Array(rows)
    let offset = 0
    for (const table of tables) {
      values.set(table.columns[at]?.values ?? [], offset)
      offset += table.rows
    }
    return { name, values }
  })
  return { rows, columns }
}

/** Chances from a pilot of valid rows, where constraints bind columns of the table; undefined where none does. */
function pilotChances(source: RowSource, pilot: Table): RowChances | undefined {
  const bound = new Set(source.schema.constraints.flatMap(constraintColumns))
  const raked = source.columns
    .filter(({ name }) => bound.has(name))
    .map((column) => ({
      cells: columnCells(column),
      target: source.model.order.find(({ name }) => name === column.name)?.cells ?? new Float64Array(),
    }))
  return pilot.rows < pilotRows.least || raked.length === 0 ? undefined : learnChances(raked, pilot)
}

function keepByChance(table: Table, chances: RowChances | undefined, stream: SeededStream): Table {
  if (chances === undefined) return table
  const chance = chances(table)
  const kept = new Int32Array(table.rows)
  let count = 0
  for (let row = 0; row < table.rows; row += 1) {
    if (stream.unit() >= (chance[row] ?? 0)) continue
    kept[count] = row
    count += 1
  }
  return pickRows(table, kept.subarray(0, count))
}

/**
 * Rows from a model: pure in its arguments. Rows that break a declared constraint are drawn again, and the rows kept are
 * thinned so that this does not shift the shares of the bound columns.
 * @throws Refused `constraint-unsatisfiable`
 */
export function sampleRows(source: RowSource, rows: number, onProgress?: (done: number) => void): Table {
  const valid = new ValidRows(source)
  const probe = tableConstraints(source.schema, drawBlock(source, 0, 1))
  const parts: Table[] = []
  let filled = 0
  let pending: Table[] = []
  let chances: RowChances | undefined
  if (probe.length > 0) {
    const wanted = Math.min(pilotRows.most, Math.max(pilotRows.least, rows))
    for (let have = 0; have < wanted / 4;) {
      const batch = valid.next(Math.max(pilotRows.least, valid.estimate(wanted - have)))
      pending.push(batch)
      have += batch.rows
    }
    chances = pilotChances(source, joinTables(pending))
  }
  const thinning = new SeededStream(source.runSeed, keepLanes)
  let acceptance = 1
  while (filled < rows) {
    const [first = valid.next(valid.estimate((rows - filled) / acceptance)), ...rest] = pending
    pending = rest
    const kept = keepByChance(first, chances, thinning)
    acceptance = Math.max(0.05, kept.rows / Math.max(1, first.rows))
    parts.push(kept)
    filled += kept.rows
    onProgress?.(Math.min(1, filled / rows))
  }
  const all = joinTables(parts)
  return all.rows === rows
    ? all
    : pickRows(
        all,
        Int32Array.from({ length: rows }, (_, row) => row),
      )
}
