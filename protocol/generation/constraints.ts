import type {
  Comparison,
  Condition,
  Constraint,
  Literal,
  ModelledColumn,
  SeedSchema,
} from '../../schemas/seed-schema.ts'
import { isModelled, readCell, toUnits } from './cells.ts'
import { columnOf, type Table } from './table.ts'

type RowTest = (row: number) => boolean

export interface TableConstraint {
  readonly name: string
  /** True when the row keeps the constraint. */
  readonly holds: RowTest
}

function literalValue(column: ModelledColumn, literal: Literal): number | undefined {
  if (literal === null) return Number.NaN
  if (column.type === 'categorical' || column.type === 'boolean') {
    const value = readCell({ ...column, nullable: true }, String(literal))
    return typeof value === 'number' ? value : undefined
  }
  return toUnits(column, String(literal))
}

const comparisons: Record<Comparison, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
}

function compareBy(op: Comparison, a: number, b: number): boolean {
  return Number.isNaN(a) || Number.isNaN(b) || comparisons[op](a, b)
}

/** Two columns are comparable when they count in the same units. */
function unitScale(column: ModelledColumn): number {
  return column.type === 'decimal' ? 10 ** column.domain.precision : 1
}

function conditionTest(condition: Condition, columns: ReadonlyMap<string, ModelledColumn>, table: Table): RowTest {
  const column = columns.get(condition.column)
  if (column === undefined) throw new RangeError(`constraint on unknown column "${condition.column}"`)
  const values = columnOf(table, condition.column)
  if ('in' in condition) {
    const literals = condition.in.map((literal) => literalValue(column, literal))
    const accepted = new Set(literals)
    return (row) => accepted.has(values[row] ?? Number.NaN)
  }
  if ('other' in condition) {
    const other = columns.get(condition.other)
    if (other === undefined) throw new RangeError(`constraint on unknown column "${condition.other}"`)
    const others = columnOf(table, condition.other)
    const [scale, otherScale] = [unitScale(other), unitScale(column)]
    return (row) =>
      compareBy(condition.op, (values[row] ?? Number.NaN) * scale, (others[row] ?? Number.NaN) * otherScale)
  }
  const literal = literalValue(column, condition.value) ?? Number.NaN
  return (row) => compareBy(condition.op, values[row] ?? Number.NaN, literal)
}

/** The schema's constraints as tests of this table's rows; those that speak of columns it lacks are left out. */
export function tableConstraints(schema: SeedSchema, table: Table): TableConstraint[] {
  const present = new Set(table.columns.map(({ name }) => name))
  const columns = new Map(
    schema.columns.filter(isModelled).flatMap((column) => (present.has(column.name) ? [[column.name, column]] : [])),
  )
  return constraintsOn(schema.constraints, present).map((constraint) => {
    const must = conditionTest(constraint.must, columns, table)
    if (constraint.when === undefined) return { name: constraint.name, holds: must }
    const when = conditionTest(constraint.when, columns, table)
    return { name: constraint.name, holds: (row) => !when(row) || must(row) }
  })
}

function constraintsOn(constraints: readonly Constraint[], columns: ReadonlySet<string>): Constraint[] {
  return constraints.filter(({ when, must }) =>
    [when, must].every(
      (condition) =>
        condition === undefined ||
        (columns.has(condition.column) && (!('other' in condition) || columns.has(condition.other))),
    ),
  )
}

/** Places of literals that their column cannot hold; checked when a schema is written. */
export function constraintProblems(schema: SeedSchema): { path: string; message: string }[] {
  const columns = new Map(schema.columns.filter(isModelled).map((column) => [column.name, column]))
  return schema.constraints.flatMap(({ when, must }, at) =>
    Object.entries({ when, must }).flatMap(([part, condition]) => {
      const column = condition === undefined ? undefined : columns.get(condition.column)
      if (condition === undefined || column === undefined || 'other' in condition) return []
      const literals = 'in' in condition ? condition.in : [condition.value]
      return literals.some((literal) => literalValue(column, literal) === undefined)
        ? [{ path: `constraints.${at}.${part}`, message: `a value is not of column "${column.name}"` }]
        : []
    }),
  )
}

/** Rows that keep every constraint, and how many each constraint turned away. */
export function keepValid(
  constraints: readonly TableConstraint[],
  rows: number,
): { kept: Int32Array; broken: number[] } {
  const broken = constraints.map(() => 0)
  const kept = new Int32Array(rows)
  let count = 0
  for (let row = 0; row < rows; row += 1) {
    let valid = true
    for (const [at, constraint] of constraints.entries()) {
      if (constraint.holds(row)) continue
      broken[at] = (broken[at] ?? 0) + 1
      valid = false
    }
    if (valid) {
      kept[count] = row
      count += 1
    }
  }
  return { kept: kept.slice(0, count), broken }
}
