import { instantOf } from '../../protocol/instant.ts'
import { sameRules } from '../../protocol/policy/canonical.ts'
import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { validAuthorities } from '../../protocol/policy/memberships.ts'
import type { NegotiationContent } from '../../protocol/negotiation/machine.ts'
import type { Termination } from '../../schemas/dsp.ts'
import type { Negotiation, NegotiationSpeech } from '../../schemas/negotiation.ts'
import { Agreement, type Decision, type Offer } from '../../schemas/policy.ts'
import type { NegotiationDeps } from './operations.ts'

/** What this side says next of itself; undefined: it is the peer's turn, or nothing is left to say. */
export interface Move extends NegotiationContent {
  readonly says: NegotiationSpeech
  /** Provider: the dataset version that the agreement is about. */
  readonly manifestId?: string | undefined
}

/**
 * The automatic strategy. Provider: agree when the request is one of its offers unchanged and the policy permits, otherwise end
 * with the reasons. Consumer: verify what fits, accept an offer that is what was asked for.
 */
export async function nextMove(deps: NegotiationDeps, process: Negotiation): Promise<Move | undefined> {
  if (process.role === 'consumer') return consumerMove(process)
  if (process.state === 'REQUESTED' || process.state === 'ACCEPTED') return agreeOrEnd(deps, process)
  if (process.state !== 'VERIFIED') return undefined
  const own = await deps.catalogs.findOffer(process.offer)
  return own === undefined ? end(process, 'dataset-withdrawn', [GONE]) : { says: 'finalization' }
}

const GONE = 'The dataset is no longer offered.'

function consumerMove(process: Negotiation): Move | undefined {
  if (process.state === 'AGREED') return { says: 'verification' }
  if (process.state !== 'OFFERED') return undefined
  return process.asked !== undefined && sameRules(process.offer, process.asked)
    ? { says: 'acceptance' }
    : end(process, 'offer-differs', ['The offer is not the one that was asked for.'])
}

async function agreeOrEnd(deps: NegotiationDeps, process: Negotiation): Promise<Move> {
  const own = await deps.catalogs.findOffer(process.offer)
  const decision = own === undefined ? undefined : await decide(deps, process, own.offer)
  if (own === undefined || decision === undefined || isForOthers(decision)) {
    return end(process, 'offer-unknown', ['There is no such offer of this dataset now.'])
  }
  if (!sameRules(own.offer, process.offer)) {
    return end(process, 'offer-differs', ['The rules of the request are not those of the offer.'])
  }
  if (!decision.permitted) {
    return end(
      process,
      'policy-denied',
      decision.reasons.map((reason) => reason.text.en),
    )
  }
  const { target: _, ...rules } = process.offer
  const agreement = Agreement.parse({
    ...rules,
    '@id': `urn:uuid:${deps.random.uuid()}`,
    '@type': 'Agreement',
    target: own.datasetId,
    assigner: deps.identity.did,
    assignee: process.peer,
    timestamp: instantOf(deps.clock.now()),
  })
  return { says: 'agreement', agreement, manifestId: own.manifestId }
}

async function decide(deps: NegotiationDeps, process: Negotiation, offer: Offer): Promise<Decision> {
  const now = deps.clock.now()
  const { operands } = await deps.governance.rulebook()
  const context = {
    scope: 'negotiation',
    recipient: process.peer,
    memberships: validAuthorities(process.memberships, now),
    use: 1,
    operands,
    ...(process.purpose === undefined ? {} : { purpose: process.purpose }),
  } as const
  return evaluatePolicy(offer, context, now)
}

/** An offer to named partners does not exist for anyone else: the reason would tell who they are. */
function isForOthers({ reasons }: Decision): boolean {
  return reasons.some(({ reason }) => reason === 'recipient-not-named')
}

function end(process: Negotiation, code: string, reasons: readonly string[]): Move {
  const termination: Termination = { by: process.role, code, reasons: [...reasons] }
  return { says: 'termination', termination }
}
