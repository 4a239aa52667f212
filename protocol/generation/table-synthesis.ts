import type { BudgetShares, BudgetSpent, NoisyMeasurements, TableRecipe } from '../../schemas/generation.ts'
import type { ModelledColumn, SeedSchema } from '../../schemas/seed-schema.ts'
import { Refused, type Refusal } from '../refusal.ts'
import { BudgetMeter, rhoOf, split } from './accountant.ts'
import { columnCells, encodeColumn } from './domain.ts'
import { IntegerSampler } from './integers.ts'
import { Mechanisms, Private } from './mechanisms.ts'
import { formatFraction, type Fraction } from './rational.ts'
import { checkRecipe, recipeColumns } from './recipe.ts'
import { sampleRows } from './sample-rows.ts'
import type { MeasureInput, RunPlan, SampleInput } from './synthesis-types.ts'
import { columnOf, pickRows, type Table } from './table.ts'
import { type CodedTable, measureTree } from './tree.ts'
import { fitTree } from './tree-model.ts'

/** Measured on UCI Adult: the choice of edges needs little, because good pairs stand far above bad ones. */
const defaultShares: BudgetShares = { oneWay: 5, select: 1, twoWay: 5 }

function allowedRho(recipe: TableRecipe): Fraction {
  return rhoOf(Number(recipe.epsilon), Number(recipe.delta))
}

/** What the run will do, from public facts alone: the budget ledger reserves `rho` before anything is measured. */
export function planRun(recipe: TableRecipe, schema: SeedSchema): RunPlan | Refusal {
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

/**
 * The recipe's number of rows, sampled from measurements: pure in (measurements, run seed, rows), costs no budget. Every row
 * keeps the declared constraints.
 * @throws Refused `constraint-unsatisfiable` when too few rows can keep them
 */
export function sampleTable({ schema, recipe, measurements, runSeed, onProgress }: SampleInput): Table {
  const columns = recipeColumns(recipe, schema)
  onProgress?.('model', 0)
  const model = fitTree(measurements, columns.map(columnCells))
  return sampleRows({ schema, columns, model, runSeed }, recipe.rows, (done) => onProgress?.('sample', done))
}
