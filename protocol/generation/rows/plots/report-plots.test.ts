import { expect, test } from 'vitest'
import { exampleRunReport } from '../../../../test/example-run-report.ts'
import { reportPlots } from './report-plots.ts'

const report = exampleRunReport

test('pictures say in words what they show, in both languages, for light and dark', () => {
  const english = reportPlots(report, 'en')
  expect(english.map(({ name }) => name)).toEqual(['funnel', 'rows-per-record-statutes', 'judge-critic-grounded'])
  for (const { svg } of [...english, ...reportPlots(report, 'ja')]) {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title description"/)
    expect(svg).toMatch(/<title id="title">[^<]+<\/title><desc id="description">[^<]+<\/desc>/)
    expect(svg).toContain('prefers-color-scheme:dark')
  }
  expect(reportPlots(report, 'ja')[0]?.svg).toContain('回答が途中で切れた（answer）')
})

test('bars are as long as their counts, and names are escaped', () => {
  const [funnel] = reportPlots(report, 'en')
  const lengths = [...(funnel?.svg ?? '').matchAll(/class="bar" [^>]*width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  )
  const [all = 0, accepted = 0, first = 0] = lengths
  expect(accepted / all).toBeCloseTo(0.25, 2)
  expect(first / all).toBeCloseTo(0.5, 2)
  expect(funnel?.svg).toContain('a&lt;b&gt;&amp;&quot;c&quot;')
  expect(funnel?.svg).not.toContain('<b>')
})
