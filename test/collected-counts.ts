import { type CountedReport, createReportCollector } from '../protocol/generation/rows/collect-report.ts'
import type { RowPlan } from '../protocol/generation/rows/row-plan.ts'
import type { ReportedSource } from '../protocol/generation/rows/tally-coverage.ts'
import type { Outcome } from '../schemas/outcomes.ts'
import type { RowRecord } from '../schemas/row-recipe.ts'

interface Counted {
  readonly sources: readonly ReportedSource[]
  /** Records of persona packs that a candidate has. */
  readonly records?: (index: number) => Record<string, RowRecord>
}

/** The counts of a report over the outcomes. */
export function collectedCounts(
  plan: RowPlan,
  { sources, records }: Counted,
  outcomes: readonly Outcome[],
): CountedReport {
  const collector = createReportCollector(plan, { sources })
  for (const outcome of outcomes) collector.add(outcome, records?.(outcome.index) ?? {})
  return collector.counted()
}
