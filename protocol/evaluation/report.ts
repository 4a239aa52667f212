import { type FullReport, type PublicGateResult, PublicReport } from '../../schemas/evaluation.ts'
import type { Instant } from '../../schemas/ids.ts'
import { decidePublication, overallVerdict } from './decide.ts'

/** Two significant digits as a plain decimal, so that repeated reports cannot be subtracted to learn about one row. */
export function coarsen(value: number): string {
  if (!Number.isFinite(value)) return '0'
  const text = Number(value.toPrecision(2)).toFixed(12)
  const plain = text.replace(/\.?0+$/, '')
  return plain === '-0' || plain === '' ? '0' : plain
}

/** A count of private rows: two significant digits, `<11` when small. */
export function coarsenCount(count: number): string {
  return count < 11 ? '<11' : coarsen(count)
}

function publicGate(result: FullReport['gates'][number]): PublicGateResult {
  const counts = result.gate === 'G0'
  const shown = result.value !== undefined && !(counts && result.value < 11)
  return {
    gate: result.gate,
    verdict: result.verdict,
    statistic: result.statistic,
    ...(shown && result.value !== undefined ? { value: coarsen(result.value) } : {}),
    ...(result.interval === undefined
      ? {}
      : { interval: { lower: coarsen(result.interval.lower), upper: coarsen(result.interval.upper) } }),
    rule: result.rule,
    ...(result.note === undefined ? {} : { note: result.note }),
  }
}

/**
 * The part of a full report that may be published: thresholds, verdicts and coarsened numbers, nothing per column or
 * pair, because metrics of training rows leak (Ganev and De Cristofaro, arXiv 2312.05114).
 */
export function publicReport(full: FullReport, { at, attempt }: { at: Instant; attempt: number }): PublicReport {
  const { fidelity, utility, claim } = full
  return PublicReport.parse({
    type: 'urn:tanemaki:public-report:v1',
    policy: full.policy,
    subject: full.subject,
    evaluatedAt: at,
    attempt,
    verdict: overallVerdict(decidePublication(full, full.policy)),
    gates: full.gates.map(publicGate),
    rows: { synthetic: full.rows.synthetic, control: coarsenCount(full.rows.control) },
    ...(claim === undefined ? {} : { claim }),
    ...(fidelity === undefined
      ? {}
      : {
          fidelity: {
            accuracy: coarsen(fidelity.accuracy),
            maximum: coarsen(fidelity.maximum),
            ratio: coarsen(fidelity.ratio),
          },
        }),
    ...(utility === undefined
      ? {}
      : {
          utility: {
            target: utility.target,
            models: utility.models.map(({ model, tstr, trtr }) => ({
              model,
              tstr: coarsen(tstr.auc),
              trtr: coarsen(trtr.auc),
            })),
          },
        }),
    notTested: full.notTested,
  })
}
