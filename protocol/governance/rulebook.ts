import { baselineV1 } from '../../schemas/evaluation.ts'
import type { FoundSpace, Purpose, Rulebook, RulebookReference } from '../../schemas/governance.ts'
import type { Did } from '../../schemas/ids.ts'
import { membershipType } from '../identity/scope.ts'
import { instantOf } from '../instant.ts'
import { KNOWN_OPERANDS } from '../policy/vocabulary.ts'
import { documentDigest } from './signed-document.ts'

const defaultRetentionDays = 365

/** Purposes of a space that names none of its own. */
export const defaultPurposes: readonly Purpose[] = [
  { id: 'urn:tanemaki:purpose:research:v1', title: { en: 'Scientific research', ja: '学術研究' } },
  { id: 'urn:tanemaki:purpose:model-training:v1', title: { en: 'Training of models', ja: 'モデルの学習' } },
  { id: 'urn:tanemaki:purpose:evaluation:v1', title: { en: 'Evaluation and testing', ja: '評価と試験' } },
  { id: 'urn:tanemaki:purpose:statistics:v1', title: { en: 'Statistics and planning', ja: '統計と計画' } },
]

/** Version 1 of the rulebook of a new space, in force at once (`now` in ms): the baseline gates, every operand that is understood. */
export function firstRulebook(
  request: FoundSpace,
  { authority, id, now }: { authority: Did; id: string; now: number },
): Rulebook {
  return {
    type: 'urn:tanemaki:rulebook:v1',
    id,
    version: 1,
    space: request.name,
    authority,
    effectiveFrom: instantOf(now),
    purposes: [...(request.purposes ?? defaultPurposes)],
    gates: baselineV1,
    operands: [...KNOWN_OPERANDS],
    retention: { maxDays: request.retentionDays ?? defaultRetentionDays },
    trustedIssuers: [{ did: authority, types: [membershipType] }],
  }
}

/** Name of a rulebook version by its signed text. */
export function referenceOf(rulebook: Rulebook, text: string): RulebookReference {
  return { id: rulebook.id, version: rulebook.version, digest: documentDigest(text) }
}
