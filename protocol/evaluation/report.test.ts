import { describe, expect, it } from 'vitest'
import { noTexts, population, populationSchema } from '../../test/example-population.ts'
import { baselineV1 } from '../../schemas/evaluation.ts'
import { Instant } from '../../schemas/ids.ts'
import { evaluateTable } from './evaluate-table.ts'
import { coarsen, coarsenCount, publicReport } from './report.ts'

const at = Instant.parse('2026-01-01T00:00:00.000Z')

describe('the public report', () => {
  const full = evaluateTable({
    schema: populationSchema,
    thresholds: baselineV1,
    training: population(3000, 1),
    control: population(1000, 2),
    synthetic: population(4000, 3),
    evidence: { drawnBeforeGeneration: true, disjointByUnit: true },
    texts: noTexts,
    seed: new Uint8Array(32).fill(4),
  })
  const open = publicReport(full, { at, attempt: 1 })

  it('has the gates with their verdicts and rules', () => {
    expect(open.gates.map(({ gate, verdict }) => [gate, verdict])).toEqual(
      full.gates.map(({ gate, verdict }) => [gate, verdict]),
    )
    expect(open.verdict).toBe('pass')
  })

  it('has no number of more than two significant digits that was measured on seeds', () => {
    const numbers = open.gates.flatMap(({ value, interval }) => [value, interval?.lower, interval?.upper])
    for (const number of [...numbers, open.fidelity?.accuracy, open.fidelity?.ratio]) {
      if (number !== undefined) expect(coarsen(Number(number))).toBe(number)
    }
  })

  it('says nothing about the training rows’ number, single columns or pairs', () => {
    expect(JSON.stringify(open)).not.toContain('"training"')
    expect(Object.keys(open.fidelity ?? {})).toEqual(['accuracy', 'maximum', 'ratio'])
    expect(JSON.stringify(open)).not.toContain('3000')
  })

  it('has no floating point number, so that its canonical form is the same everywhere', () => {
    const floats: unknown[] = []
    JSON.parse(JSON.stringify(open), (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isInteger(value)) floats.push(value)
      return value
    })
    expect(floats).toEqual([])
  })
})

describe('coarse numbers', () => {
  it.each([
    [0.98765, '0.99'],
    [0.00012345, '0.00012'],
    [12345, '12000'],
    [100, '100'],
    [0, '0'],
    [-0.00449, '-0.0045'],
    [1, '1'],
    [Number.NaN, '0'],
  ])('show %d as %s', (value, text) => {
    expect(coarsen(value)).toBe(text)
  })

  it('hide small counts', () => {
    expect([0, 10, 11, 1234].map(coarsenCount)).toEqual(['<11', '<11', '11', '1200'])
  })
})
