import { instantOf } from '../../protocol/instant.ts'
import type { Negotiation } from '../../schemas/negotiation.ts'
import { withPlainLists } from '../../protocol/policy/values.ts'
import { Agreement, PolicyRules } from '../../schemas/policy.ts'
import type { Did } from '../../schemas/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Move } from './strategy.ts'

/** Provider: the agreement on the terms on the table, rules unchanged and in their order. */
export function agreementMove(
  {
    random,
    identity,
    clock,
  }: { readonly random: Random; readonly clock: Clock; readonly identity: { readonly did: Did } },
  process: Negotiation,
  manifestId: string | undefined,
): Move {
  const { target: _, ...rules } = process.offer
  const agreement = Agreement.parse({
    ...PolicyRules.parse(withPlainLists(rules)),
    '@id': `urn:uuid:${random.uuid()}`,
    '@type': 'Agreement',
    target: process.datasetId,
    assigner: identity.did,
    assignee: process.peer,
    timestamp: instantOf(clock.now()),
  })
  return { says: 'agreement', agreement, manifestId }
}
