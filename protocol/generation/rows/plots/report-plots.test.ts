import { expect, test } from 'vitest'
import { RunReport } from '../../../../schemas/run-report.ts'
import { reportPlots } from './report-plots.ts'

const report = RunReport.parse({
  runId: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  recipe: { name: 'legal-qa', sha256: 'a'.repeat(64) },
  at: '2026-01-01T00:00:00.000Z',
  complete: true,
  funnel: {
    candidates: 40,
    accepted: 10,
    yield: 0.25,
    rejected: [
      { reason: 'validator:short', column: 'a<b>&"c"', candidates: 20 },
      { reason: 'truncated', column: 'answer', candidates: 10 },
    ],
  },
  cost: { calls: 0, tokens: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }, columns: [] },
  copying: [],
  coverage: [
    {
      source: 'statutes',
      kind: 'seed-set',
      records: 4,
      tried: 4,
      accepted: 3,
      enough: { rows: 5, records: 1 },
      gini: 0.5,
      rowsPerRecord: [
        { from: 0, to: 0, records: 1 },
        { from: 1, to: 4, records: 3 },
      ],
    },
  ],
  marginals: [],
  judges: [
    { column: 'critic', score: 'grounded', judged: 4, mean: 0.5, counts: [{ option: 0, judged: 2, accepted: 0 }] },
  ],
  agreement: [],
  parameters: [],
})

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
