import type { GateResult, ValidityDetail, ValidityThresholds } from '../../schemas/evaluation.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import { inDomain, isModelled } from '../generation/cells.ts'
import { keepValid, tableConstraints } from '../generation/constraints.ts'
import type { Table } from '../generation/table.ts'

/** Values outside their declared domain and rows that break a declared constraint. Undeclared columns break entirely. */
export function measureValidity(schema: SeedSchema, table: Table): ValidityDetail {
  const outsideDomain = table.columns.map(({ name, values }) => {
    const column = schema.columns.filter(isModelled).find((each) => each.name === name)
    let rows = 0
    if (column === undefined) rows = table.rows
    else for (const value of values) if (!inDomain(column, value)) rows += 1
    return { column: name, rows }
  })
  const constraints = tableConstraints(schema, table)
  const { broken } = keepValid(constraints, table.rows)
  return {
    rows: table.rows,
    outsideDomain: outsideDomain.filter(({ rows }) => rows > 0),
    constraints: constraints.map(({ name }, at) => ({ name, violations: broken[at] ?? 0 })),
  }
}

/** Gate Q3: every row is inside the schema and keeps its constraints. */
export function judgeValidity(detail: ValidityDetail, thresholds: ValidityThresholds): GateResult {
  const broken = detail.constraints.filter(({ violations }) => violations > 0)
  const value =
    detail.outsideDomain.reduce((sum, { rows }) => sum + rows, 0) +
    broken.reduce((sum, { violations }) => sum + violations, 0)
  const places = [
    ...detail.outsideDomain.map(({ column }) => `column "${column}" leaves its domain`),
    ...broken.map(({ name }) => `constraint "${name}" is broken`),
  ]
  return {
    gate: 'Q3',
    verdict: detail.rows === 0 ? 'insufficient-evidence' : value <= thresholds.maxViolations ? 'pass' : 'fail',
    statistic: 'values outside the schema and broken constraints',
    value,
    rows: detail.rows,
    rule: `at most ${thresholds.maxViolations}`,
    reason:
      detail.rows === 0 ? 'there are no rows' : places.length === 0 ? 'every row is as declared' : places.join('; '),
  }
}
