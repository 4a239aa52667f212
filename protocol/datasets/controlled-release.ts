import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { GateId } from '../../schemas/evaluation.ts'
import type { Offer } from '../../schemas/policy.ts'
import { operandTexts } from '../policy/values.ts'
import { canonicalTerm } from '../policy/vocabulary.ts'
import type { Refusal } from '../refusal.ts'

/** Gates that compare with a control set, and G9, whose few rows may decide nothing: the owner can answer for these, for no others. */
const answerable: ReadonlySet<GateId> = new Set(['G0', 'G1', 'G9', 'Q2'])

const refusal = (code: Refusal['code'], detail: string, hint: string): Refusal => ({ code, detail, hint })

/**
 * Why a dataset cannot be released under control; undefined when it can. Persons are never left to a declaration: neither the
 * dataset nor the seeds that it was compared with may be about any. A failed gate is never declared away.
 */
export function releaseRefusal(record: DatasetRecord): Refusal | undefined {
  const { evaluation, state, name, version } = record
  const again = `Evaluate it first: tanemaki dataset evaluate ${name}@${version}`
  if (state === 'published' || state === 'withdrawn') {
    return refusal('conflict', `the dataset is ${state}`, 'Declare it for a new version instead.')
  }
  if (evaluation === undefined || evaluation.datasetRoot !== record.datasetRoot) {
    return refusal('not-evaluated', 'these files were never evaluated', again)
  }
  if (evaluation.verdict === 'pass') {
    return refusal('conflict', 'every gate passes', 'Publish it: it needs no controlled release.')
  }
  if (evaluation.verdict === 'fail') {
    return refusal(
      'gate-failed',
      'a gate of the rulebook fails',
      'Change the recipe or the data and make a new version.',
    )
  }
  if (record.subject === 'persons' || evaluation.seedsSubject === 'persons') {
    const hint = 'Import seeds with a larger control set, and generate and evaluate again.'
    return refusal('gate-failed', 'data about persons are never released on a declaration', hint)
  }
  if (evaluation.seedsSubject === undefined) {
    const hint = 'Name its seed set when the dataset is made, and evaluate while the seeds are there.'
    return refusal('gate-failed', 'the dataset was compared with no seeds', hint)
  }
  const others = evaluation.lacking.filter((gate) => !answerable.has(gate))
  if (others.length > 0 || evaluation.lacking.length === 0) {
    const detail = `a declaration cannot stand in for the gates ${others.join(', ')}`
    return refusal('gate-failed', detail, 'Give these gates what they need: tanemaki dataset evaluate says what.')
  }
  return undefined
}

/** Whether every permission of an offer is for recipients by name. */
export function namesPartners({ permission = [] }: Offer): boolean {
  return (
    permission.length > 0 &&
    permission.every(({ constraint = [] }) =>
      constraint.some(
        ({ leftOperand, operator, rightOperand }) =>
          canonicalTerm(leftOperand ?? '') === 'recipient' &&
          ['eq', 'isAnyOf'].includes(canonicalTerm(operator ?? '')) &&
          operandTexts(rightOperand) !== undefined,
      ),
    )
  )
}
