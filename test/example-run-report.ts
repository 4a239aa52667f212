import { RunReport } from '../schemas/run-report.ts'

/** What a small run came to: two reasons, one source, one judge. */
export const exampleRunReport = RunReport.parse({
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
  cost: {
    calls: 44,
    tokens: { inputTokens: 4400, cachedInputTokens: 400, outputTokens: 600 },
    tokensPerRow: 500,
    money: '0.5',
    moneyPerRow: '0.05',
    currency: 'JPY',
    columns: [
      {
        column: 'answer',
        calls: 44,
        again: 4,
        tokens: { inputTokens: 4400, cachedInputTokens: 400, outputTokens: 600 },
        served: [{ model: 'small-q4', calls: 44 }],
      },
    ],
  },
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
  minPerLeft: { wanted: 2, short: 1, records: [3] },
  marginals: [{ source: 'people', field: 'region', values: 2, distance: 0.3, byChance: 0.04 }],
  judges: [
    {
      column: 'critic',
      score: 'grounded',
      judged: 4,
      mean: 0.5,
      interval: { low: 0.25, high: 0.75 },
      counts: [
        { option: 0, judged: 2, accepted: 0 },
        { option: 1, judged: 2, accepted: 2 },
      ],
    },
  ],
  agreement: [{ score: 'grounded', columns: ['critic', 'second'], both: 4, equal: 0.75, kappa: 0.5 }],
  parameters: [{ column: 'answer', parameter: 'temperature', calls: 40, min: 0.2, mean: 0.5, max: 0.8 }],
})
