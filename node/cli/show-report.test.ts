import { expect, test } from 'vitest'
import { exampleRunReport } from '../../test/example-run-report.ts'
import type { Printer } from './output.ts'
import { printEffect, printReport } from './show-report.ts'

function printed(show: (print: Printer) => void): string {
  const lines: string[] = []
  show({
    line: (text = '') => void lines.push(text),
    heading: (text) => void lines.push(text),
    fields: (entries) => void lines.push(...entries.map((entry) => entry.join(': '))),
    table: (columns, rows) => void lines.push(...[columns, ...rows].map((cells) => cells.join(' | '))),
    paint: (_, text) => text,
  })
  return lines.join('\n')
}

test('a report is told in tables: reasons, what a row costs, coverage, judges and how they agree', () => {
  const text = printed((print) => printReport(print, exampleRunReport))
  for (const line of [
    'accepted: 10 of 40 candidates (25.0 %)',
    'tokens: 4400 in (400 cached), 600 out, 500.0 for each row',
    'money: 0.5 JPY, 0.05 for each row',
    'truncated | answer | 10',
    'answer | 44 | 4 | 4400 | 600 | small-q4 (44)',
    'statutes | 4 | 4 | 3 | 1 | 0.500',
    '1 records have fewer than 2 rows.',
    'people | region | 0.300 | 0.040',
    'critic | grounded | 4 | 0.500 (0.250 to 0.750) |  | 0: 2  1: 2',
    'critic and second on grounded: equal for 75.0 % of 4, weighted kappa 0.500',
    'answer | temperature | 40 | 0.200 | 0.500 | 0.800 | ',
  ]) {
    expect(text).toContain(line)
  }
  expect(text).not.toContain('diversity')
})

test('the effect of personas is told with its sign, and plainly', () => {
  const effect = { rows: 30, distinct2: 0.125, vendi: -2, nearDuplicates: 0, favoursPersonas: false }
  const text = printed((print) => printEffect(print, effect))
  expect(text).toContain('distinct pairs: +0.125')
  expect(text).toContain('Vendi score: -2.000')
  expect(text).toContain('did not make rows more diverse')
})
