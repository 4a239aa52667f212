import type { BudgetShares, BudgetSpent, NoisyMeasurements, Recipe } from '../../schemas/generation.ts'
import type { ModelledColumn, SeedSchema } from '../../schemas/seed-schema.ts'
import { Refused, type Refusal } from '../refusal.ts'
import { BudgetMeter, rhoOf, split } from './accountant.ts'
import { keepValid, tableConstraints } from './constraints.ts'
import { columnCells, encodeColumn } from './domain.ts'
import { IntegerSampler } from './integers.ts'
import { Mechanisms, Private } from './mechanisms.ts'
import { formatFraction, type Fraction } from './rational.ts'
import { checkRecipe, recipeColumns } from './recipe.ts'
import { sampleCodes } from './sample.ts'
import { SeededStream } from './seeded-stream.ts'
import type { MeasureInput, RunPlan, SampleInput } from './synthesis-types.ts'
import { columnOf, pickRows, type Table } from './table.ts'
import { type CodedTable, measureTree } from './tree.ts'
import { fitTree, type TreeModel } from './tree-model.ts'

/** Measured on UCI Adult: the choice of edges needs little, because good pairs stand far above bad ones. */
const defaultShares: BudgetShares = { oneWay: 5, select: 1, twoWay: 5 }

function allowedRho(recipe: Recipe): Fraction {
  return rhoOf(Number(recipe.epsilon), Number(recipe.delta))
}

/** What the run will do, from public facts alone: the budget ledger reserves `rho` before anything is measured. */
export function planRun(recipe: Recipe, schema: SeedSchema): RunPlan | Refusal {
  const problem = checkRecipe(recipe, schema)
  if (problem !== undefined) return problem
  return { columns: recipeColumns(recipe, schema).map(({ name }) => name), rho: formatFraction(allowedRho(recipe)) }
}

/** The first `limit` rows of every unit, in the order of the table: decided per unit, so one unit changes only its own. */
export function boundRows(units: Int32Array, limit: number): Int32Array {
  const seen = new Map<number, number>()
  return Int32Array.from(units.keys()).filter((row) => {
    const unit = units[row] ?? 0
    const before = seen.get(unit) ?? 0
    seen.set(unit, before + 1)
    return before < limit
  })
}

function encodeTable(training: Table, columns: readonly ModelledColumn[]): CodedTable {
  return columns.map((column) => encodeColumn(columnCells(column), columnOf(training, column.name)))
}

function boundedRows({ schema, training, units }: MeasureInput): Private<Table> {
  const sealed = Private.seal(training)
  if (schema.unit === 'row') return sealed
  if (units === undefined || units.length !== training.rows) {
    throw new RangeError('the rows need their privacy units')
  }
  return sealed.map((table) => pickRows(table, boundRows(units, schema.rowsPerUnit)))
}

/**
 * Learns about the training rows what the recipe's budget allows; nothing else of them comes out. The result is
 * (epsilon, delta)-differentially private for one unit's presence. Charge `planRun`'s rho before calling.
 * @throws Refused when the recipe does not fit the schema
 */
export function measureTable(input: MeasureInput): NoisyMeasurements {
  const { schema, recipe, random, onProgress } = input
  const problem = checkRecipe(recipe, schema)
  if (problem !== undefined) throw new Refused(problem)
  onProgress?.('measure', 0)
  const columns = recipeColumns(recipe, schema)
  const allowed = allowedRho(recipe)
  const shares = recipe.budget ?? defaultShares
  const [oneWay = allowed, select = allowed, twoWay = allowed] =
    columns.length === 1 ? [allowed] : split(allowed, [shares.oneWay, shares.select, shares.twoWay])
  const meter = new BudgetMeter(allowed)
  const plan = { columns: columns.map(columnCells), rho: { oneWay, select, twoWay }, sensitivity: schema.rowsPerUnit }
  const coded = boundedRows(input).map((table) => encodeTable(table, columns))
  onProgress?.('measure', 0.2)
  const measured = measureTree(coded, plan, new Mechanisms(meter, new IntegerSampler(random)))
  onProgress?.('measure', 1)
  const budget: BudgetSpent = {
    epsilon: recipe.epsilon,
    delta: recipe.delta,
    rhoAllowed: formatFraction(allowed),
    rhoSpent: formatFraction(meter.spent),
    neighbouring: 'add-remove-unit',
    unit: schema.unit,
    rowsPerUnit: schema.rowsPerUnit,
  }
  return { type: 'urn:tanemaki:noisy-measurements:v1', ...measured, budget }
}

/** Rows of one block: blocks are independent streams of the run seed, so that they could be made anywhere. */
const blockRows = 131_072
/** Rows drawn per row kept before constraints are called impossible. */
const maximumDraws = 200

function drawRows(
  model: TreeModel,
  columns: readonly ModelledColumn[],
  draw: { rows: number; stream: SeededStream },
): Table {
  const codes = sampleCodes(model, draw.rows, draw.stream)
  const position = new Map(model.order.map(({ name }, at) => [name, at]))
  const below = (n: number): number => draw.stream.below(n)
  return {
    rows: draw.rows,
    columns: columns.map((column) => {
      const cells = columnCells(column)
      const own = codes[position.get(column.name) ?? 0] ?? new Uint16Array(draw.rows)
      const values = new Float64Array(draw.rows)
      for (let row = 0; row < draw.rows; row += 1) values[row] = cells.decode(own[row] ?? 0, below)
      return { name: column.name, values }
    }),
  }
}

function copyRows(from: Table, rows: Int32Array, to: { table: Table; at: number }): number {
  const count = Math.min(rows.length, to.table.rows - to.at)
  for (const [index, { values }] of to.table.columns.entries()) {
    const source = from.columns[index]?.values
    for (let row = 0; row < count; row += 1) values[to.at + row] = source?.[rows[row] ?? 0] ?? Number.NaN
  }
  return count
}

function impossible(broken: ReadonlyMap<string, number>): Refused {
  const [worst] = [...broken].sort(([, a], [, b]) => b - a)
  return new Refused({
    code: 'constraint-unsatisfiable',
    detail: `almost no generated row keeps the constraint "${worst?.[0] ?? ''}"`,
    hint: 'check the constraint against the declared domains, or generate its columns with a larger epsilon',
  })
}

/**
 * The recipe's number of rows, sampled from measurements: pure in (measurements, run seed, rows), costs no budget. Rows that
 * break a declared constraint are drawn again.
 * @throws Refused `constraint-unsatisfiable` when too few rows keep the constraints
 */
export function sampleTable({ schema, recipe, measurements, runSeed, onProgress }: SampleInput): Table {
  const columns = recipeColumns(recipe, schema)
  onProgress?.('model', 0)
  const model = fitTree(measurements, columns.map(columnCells))
  const result: Table = {
    rows: recipe.rows,
    columns: columns.map(({ name }) => ({ name, values: new Float64Array(recipe.rows) })),
  }
  const broken = new Map<string, number>()
  let filled = 0
  let drawn = 0
  for (let block = 0; filled < recipe.rows; block += 1) {
    onProgress?.('sample', filled / recipe.rows)
    const missing = recipe.rows - filled
    const wanted = block === 0 ? missing : Math.max(1000, Math.ceil((missing * drawn) / Math.max(1, filled)))
    const rows = Math.min(blockRows, wanted)
    if (drawn > 100_000 && drawn > maximumDraws * (filled + 1)) throw impossible(broken)
    const batch = drawRows(model, columns, { rows, stream: new SeededStream(runSeed, block) })
    const constraints = tableConstraints(schema, batch)
    const valid = keepValid(constraints, rows)
    for (const [at, { name }] of constraints.entries())
      broken.set(name, (broken.get(name) ?? 0) + (valid.broken[at] ?? 0))
    filled += copyRows(batch, valid.kept, { table: result, at: filled })
    drawn += rows
  }
  onProgress?.('sample', 1)
  return result
}
