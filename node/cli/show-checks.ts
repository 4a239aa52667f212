import type { AuditCheck } from '../../schemas/audit.ts'
import type { Printer } from './output.ts'

/** Checks as a table, the verdict last. */
export function printChecks(
  print: Printer,
  report: { readonly verdict: 'pass' | 'fail'; readonly checks: readonly AuditCheck[] },
): void {
  const colours = { pass: 'green', fail: 'red', 'not-applicable': 'dim' } as const
  print.table(
    ['check', 'verdict', 'evidence'],
    report.checks.map(({ id, verdict, evidence, place }) => [
      id,
      print.paint(colours[verdict], verdict),
      verdict === 'fail' && place !== undefined ? `${evidence} (${place})` : evidence,
    ]),
  )
  print.line()
  const passed = report.verdict === 'pass'
  print.line(print.paint(passed ? 'green' : 'red', passed ? 'Every check that applies passes.' : 'The audit fails.'))
}
