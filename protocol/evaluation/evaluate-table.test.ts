import { describe, expect, it } from 'vitest'
import { noTexts, population, populationSchema } from '../../test/example-population.ts'
import { baselineV1, type DpClaim, FullReport, type GateId, GateThresholds } from '../../schemas/evaluation.ts'
import { formatFraction } from '../generation/rational.ts'
import { rhoOf } from '../generation/accountant.ts'
import { columnOf, pickRows, type Table } from '../generation/table.ts'
import { decidePublication, overallVerdict } from './decide.ts'
import { evaluateTable } from './evaluate-table.ts'
import type { EvaluationInput } from './evaluation-types.ts'

const training = population(6000, 1)
const control = population(6000, 2)
const another = population(6000, 3)
const base: EvaluationInput = {
  schema: populationSchema,
  thresholds: baselineV1,
  training,
  control,
  synthetic: another,
  evidence: { drawnBeforeGeneration: true, disjointByUnit: true },
  texts: noTexts,
  seed: new Uint8Array(32).fill(4),
}

const { G0, G1, G11 } = baselineV1.gates
/** Without the gates that train models. */
const privacyOnly = GateThresholds.parse({ ...baselineV1, gates: { G0, G1, G11 } })

const verdict = (report: FullReport, gate: GateId) => report.gates.find((each) => each.gate === gate)?.verdict
const evaluate = (changes: Partial<EvaluationInput>): FullReport => evaluateTable({ ...base, ...changes })

function withCopies(share: number): Table {
  const copied = Math.round(share * another.rows)
  return {
    rows: another.rows,
    columns: another.columns.map(({ name, values }) => {
      const own = Float64Array.from(values)
      own.set(columnOf(training, name).subarray(0, copied))
      return { name, values: own }
    }),
  }
}

function shuffledColumns(table: Table): Table {
  return {
    rows: table.rows,
    columns: table.columns.map(({ name, values }, at) => ({
      name,
      values: values.map((_, row) => values[(row * (2 * at + 1) + 997 * at) % table.rows] ?? 0),
    })),
  }
}

describe('another sample of the same population', () => {
  const report = evaluate({})

  it('passes every gate that applies and may be published', () => {
    expect(report.gates.map(({ gate, verdict: each }) => `${gate} ${each}`)).toEqual([
      'G0 pass',
      'G1 pass',
      'G8 pass',
      'G9 not-applicable',
      'G11 not-applicable',
      'Q1 pass',
      'Q2 pass',
      'Q3 pass',
    ])
    expect(decidePublication(report, baselineV1)).toEqual({ publishable: true, blockedBy: [] })
  })

  it('is as accurate as a real sample is expected to be', () => {
    expect(report.fidelity?.ratio).toBeGreaterThan(0.99)
    expect(report.fidelity?.ratio).toBeLessThan(1.01)
    for (const { ratio } of report.utility?.models ?? []) expect(Math.abs(ratio - 1)).toBeLessThan(0.02)
  })

  it('gives the same report again, which survives being stored', () => {
    expect(evaluate({})).toEqual(report)
    expect(FullReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })
})

describe('planted leaks', () => {
  it('are found when every row is a training row', () => {
    const report = evaluate({
      synthetic: pickRows(
        training,
        Int32Array.from({ length: 6000 }, (_, row) => row),
      ),
    })
    expect(verdict(report, 'G1')).toBe('fail')
    expect(decidePublication(report, baselineV1).blockedBy.map(({ gate }) => gate)).toEqual(['G1'])
  })

  it('are found when one row in a hundred is', () => {
    expect(verdict(evaluate({ synthetic: withCopies(0.01), thresholds: privacyOnly }), 'G1')).toBe('fail')
  })

  it('are found behind null and minus zero', () => {
    const copies = withCopies(0.02)
    for (const { values } of copies.columns)
      for (const [row, value] of values.entries()) if (value === 0) values[row] = -0
    expect(verdict(evaluate({ synthetic: copies, thresholds: privacyOnly }), 'G1')).toBe('fail')
  })
})

describe('missing evidence', () => {
  it('never passes: no control set', () => {
    const report = evaluate({ control: population(0, 5) })
    for (const gate of ['G0', 'G1', 'Q2'] as const) expect(verdict(report, gate)).toBe('insufficient-evidence')
    const decision = decidePublication(report, baselineV1)
    expect(decision.publishable).toBe(false)
    expect(overallVerdict(decision)).toBe('insufficient-evidence')
  })

  it('never passes: no training rows, or no rows at all', () => {
    expect(verdict(evaluate({ training: population(0, 5) }), 'G1')).toBe('insufficient-evidence')
    const none = evaluate({ synthetic: population(0, 5) })
    for (const gate of ['G1', 'Q1', 'Q2', 'Q3'] as const) expect(verdict(none, gate)).toBe('insufficient-evidence')
  })

  it('never passes: a control set drawn afterwards or sharing persons', () => {
    for (const evidence of [
      { drawnBeforeGeneration: false, disjointByUnit: true },
      { drawnBeforeGeneration: true, disjointByUnit: false },
    ]) {
      expect(verdict(evaluate({ evidence, thresholds: privacyOnly }), 'G0')).toBe('fail')
    }
  })

  it('never passes: a column that the control set lacks', () => {
    const partial = { rows: control.rows, columns: control.columns.slice(1) }
    expect(verdict(evaluate({ control: partial }), 'G1')).toBe('insufficient-evidence')
  })

  it('with few rows only forgives when no training row is copied', () => {
    const few = (table: Table): Table =>
      pickRows(
        table,
        Int32Array.from({ length: 300 }, (_, row) => row),
      )
    const report = evaluate({ synthetic: few(withCopies(0.01)) })
    expect(verdict(report, 'G1')).not.toBe('pass')
  })

  it('blocks when the rulebook asks for a gate that is not measured', () => {
    const thresholds = GateThresholds.parse({ ...baselineV1, unmeasured: ['G4'] })
    const decision = decidePublication(evaluate({ thresholds }), thresholds)
    expect(decision.blockedBy.map(({ gate }) => gate)).toEqual(['G4'])
  })
})

describe('quality gates', () => {
  it('see columns that no longer belong together', () => {
    const report = evaluate({ synthetic: shuffledColumns(another) })
    expect(report.fidelity?.univariate).toBeGreaterThan(0.97)
    expect(report.fidelity?.bivariate).toBeLessThan(0.9)
    expect(verdict(report, 'Q2')).toBe('fail')
    expect(verdict(report, 'Q3')).toBe('fail')
  })

  it('count values outside the domain and broken constraints, by name', () => {
    const broken = withCopies(0)
    const [age] = broken.columns
    for (let row = 0; row < 7; row += 1) if (age !== undefined) age.values[row] = 200
    const report = evaluate({ synthetic: broken })
    expect(report.validity?.outsideDomain).toEqual([{ column: 'age', rows: 7 }])
    expect(report.gates.find(({ gate }) => gate === 'Q3')?.reason).toBe('column "age" leaves its domain')
  })
})

describe('a claim of differential privacy', () => {
  const rho = formatFraction(rhoOf(3, 1e-9))
  const claim: DpClaim = {
    epsilon: '3',
    delta: '0.000000001',
    rhoSpent: rho,
    rhoTotal: rho,
    unit: 'row',
    rowsPerUnit: 1,
    neighbouring: 'add-remove-unit',
    domain: 'public',
    rowsConstant: true,
    publicRows: 6000,
  }
  const twice = formatFraction(rhoOf(4, 1e-9))

  it('passes at the policy’s own epsilon', () => {
    expect(verdict(evaluate({ claim, thresholds: privacyOnly }), 'G11')).toBe('pass')
  })

  it.each([
    ['more was spent in total', { rhoTotal: twice }],
    ['the run spent more than it claims', { rhoSpent: twice, rhoTotal: twice }],
    ['the total hides a run', { rhoTotal: formatFraction(rhoOf(1, 1e-9)) }],
    ['delta is too large', { delta: '0.0001' }],
    ['a domain was read from the seeds', { domain: 'read-from-data' as const }],
    ['the rows count the seeds', { rowsConstant: false }],
  ])('fails when %s', (_, changes) => {
    expect(verdict(evaluate({ claim: { ...claim, ...changes }, thresholds: privacyOnly }), 'G11')).toBe('fail')
  })
})
