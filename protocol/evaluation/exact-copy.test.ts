import { describe, expect, it } from 'vitest'
import { baselineV1, type CopyDetail } from '../../schemas/evaluation.ts'
import { judgeCopies } from './exact-copy.ts'
import { matchRows } from './row-index.ts'
import type { Table } from '../generation/table.ts'

const thresholds = baselineV1.gates.G1
if (thresholds === undefined) throw new Error('the default policy has G1')

function judge([trainingOnly, controlOnly, synthetic]: readonly [number, number, number], designEffect = 1) {
  const copies: CopyDetail = {
    trainingOnly,
    controlOnly,
    both: 0,
    designEffect,
    compared: { synthetic, training: 24_000, control: 24_000 },
  }
  const { verdict, note } = judgeCopies(
    copies,
    thresholds ?? { maxExcess: '0', chanceMatches: '0', maxExcessWeak: '0', minRows: 0 },
  )
  return note === undefined ? verdict : `${verdict} (${note})`
}

describe('gate G1', () => {
  it.each([
    ['no row matches', [0, 0, 3838], 'pass'],
    ['a few match either side', [4, 5, 40_000], 'pass'],
    ['a hundred copies among 40,000', [100, 0, 40_000], 'fail'],
    ['copies that may be chance', [2, 0, 4000], 'insufficient-evidence'],
    ['chance matches are common and balanced', [1400, 1380, 40_000], 'pass (weak: chance matches)'],
    ['chance matches are common and one-sided', [1700, 1300, 40_000], 'fail (weak: chance matches)'],
    ['chance matches hide what may be a leak', [300, 290, 4000], 'insufficient-evidence (weak: chance matches)'],
    ['few rows, none copied', [0, 3, 500], 'pass (zero tolerance: few rows)'],
    ['few rows, one copied', [1, 0, 500], 'insufficient-evidence'],
    ['few rows, many copied', [50, 0, 500], 'fail'],
    ['no rows', [0, 0, 0], 'insufficient-evidence'],
  ] as const)('when %s', (_, counts, expected) => {
    expect(judge(counts)).toBe(expected)
  })
})

describe('repeated synthetic rows', () => {
  it('are no evidence of their own: an excess of common rows may be chance', () => {
    expect(judge([1500, 1350, 40_000])).toBe('fail (weak: chance matches)')
    expect(judge([1500, 1350, 40_000], 3)).toBe('pass (weak: chance matches)')
  })
})

describe('equal rows', () => {
  const table = (rows: readonly (readonly [number, number])[]): Table => ({
    rows: rows.length,
    columns: [
      { name: 'a', values: Float64Array.from(rows, ([a]) => a) },
      { name: 'b', values: Float64Array.from(rows, ([, b]) => b) },
    ],
  })

  it('agree in every column, empty values being equal and zero having no sign', () => {
    const known = table([
      [1, 2],
      [Number.NaN, 0],
      [3, 3],
    ])
    const probe = table([
      [1, 2],
      [2, 1],
      [Number.NaN, -0],
      [0, Number.NaN],
      [3, Number.NaN],
    ])
    expect([...matchRows(probe, known, ['a', 'b'])]).toEqual([0, -1, 1, -1, -1])
    expect([...matchRows(probe, known, ['a'])]).toEqual([0, -1, 1, -1, 2])
  })

  it('are found among none', () => {
    expect([...matchRows(table([[1, 1]]), table([]), ['a', 'b'])]).toEqual([-1])
  })
})
