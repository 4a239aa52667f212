import type { EvidenceThresholds, GateResult } from '../../schemas/evaluation.ts'
import type { ControlEvidence } from './evaluation-types.ts'

/** Gate G0: a control set of enough rows, drawn before generation, sharing no privacy unit with the training rows. */
export function judgeEvidence(
  facts: ControlEvidence & { readonly trainingRows: number; readonly controlRows: number },
  thresholds: EvidenceThresholds,
): GateResult {
  const needed = Math.max(thresholds.minControlRows, Math.ceil(Number(thresholds.minControlShare) * facts.trainingRows))
  const faults = [
    ...(facts.trainingRows === 0 ? ['there are no training rows'] : []),
    ...(facts.controlRows < needed
      ? [facts.controlRows === 0 ? 'there is no control set' : 'the control set is too small']
      : []),
    ...(facts.drawnBeforeGeneration ? [] : ['the control set was not drawn before generation']),
    ...(facts.disjointByUnit ? [] : ['training and control rows may share a privacy unit']),
  ]
  return {
    gate: 'G0',
    verdict: faults.length === 0 ? 'pass' : facts.controlRows < needed ? 'insufficient-evidence' : 'fail',
    statistic: 'rows of the control set',
    value: facts.controlRows,
    rows: facts.controlRows,
    rule:
      `at least ${thresholds.minControlRows} rows and ${thresholds.minControlShare} of the training rows, ` +
      'drawn before generation, disjoint by unit',
    reason: faults.length === 0 ? 'the control set fulfils the rule' : faults.join('; '),
  }
}
