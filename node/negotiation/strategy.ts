import { sameRules } from '../../protocol/policy/canonical.ts'
import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { validAuthorities } from '../../protocol/policy/memberships.ts'
import type { NegotiationContent } from '../../protocol/negotiation/machine.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { Termination } from '../../schemas/dsp.ts'
import type { Negotiation, NegotiationSpeech } from '../../schemas/negotiation.ts'
import type { Decision, Offer } from '../../schemas/policy.ts'
import { agreementMove } from './agreement-move.ts'
import type { NegotiationDeps } from './operations.ts'

/** What this side says next of itself. */
export interface Move extends NegotiationContent {
  readonly says: NegotiationSpeech
  /** Provider: the dataset version that the agreement is about. */
  readonly manifestId?: string | undefined
}

/** Who speaks for this side of a negotiation. Asked after every change and after every start; the same question twice is harmless. */
export interface NegotiationStrategy {
  /** Undefined: it is the peer's turn, a person's, or nothing is left to say. */
  next(process: Negotiation): Promise<Move | undefined>
}

export type DecidingDeps = Pick<
  NegotiationDeps,
  'catalogs' | 'datasets' | 'governance' | 'identity' | 'clock' | 'random'
>

/**
 * The policy decides. Provider: agree when the request is one of its offers unchanged and the policy permits, otherwise end
 * with the reasons. Consumer: verify what fits, accept an offer that is what was asked for; others are for a person.
 */
export function automaticStrategy(deps: DecidingDeps): NegotiationStrategy {
  return {
    next: async (process) => (process.role === 'consumer' ? consumerMove(process) : providerMove(deps, process)),
  }
}

const GONE = 'The dataset is no longer offered.'

function consumerMove({ state, proposed, offer }: Negotiation): Move | undefined {
  if (state === 'AGREED') return { says: 'verification' }
  if (state !== 'OFFERED' || proposed === undefined) return undefined
  return sameRules(offer, proposed) ? { says: 'acceptance' } : undefined
}

async function providerMove(deps: DecidingDeps, process: Negotiation): Promise<Move | undefined> {
  if (process.state === 'REQUESTED' || process.state === 'ACCEPTED') return agreeOrEnd(deps, process)
  if (process.state !== 'VERIFIED') return undefined
  const dataset = await publishedDataset(deps, process.datasetId)
  return dataset === undefined ? end(process, 'dataset-withdrawn', [GONE]) : { says: 'finalization' }
}

async function agreeOrEnd(deps: DecidingDeps, process: Negotiation): Promise<Move> {
  const own = await ownTerms(deps, process)
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
  return agreementMove(deps, process, own.manifestId)
}

/** The terms of this provider that the process is about: those it has proposed in it, otherwise those of its catalog. */
async function ownTerms(
  deps: DecidingDeps,
  process: Negotiation,
): Promise<{ offer: Offer; manifestId?: string | undefined } | undefined> {
  const { proposed, offer, datasetId } = process
  if (proposed === undefined || proposed['@id'] !== offer['@id']) return deps.catalogs.findOffer(offer)
  const dataset = await publishedDataset(deps, datasetId)
  return dataset === undefined ? undefined : { offer: proposed, manifestId: dataset.manifestId }
}

export async function publishedDataset(
  { datasets }: DecidingDeps,
  id: string,
): Promise<Pick<DatasetRecord, 'manifestId' | 'inherited'> | undefined> {
  const record = await datasets.get(id)
  return record?.state === 'published' ? record : undefined
}

/** What the policy says of these terms for the peer of the process, now. */
export async function decide(deps: DecidingDeps, process: Negotiation, offer: Offer): Promise<Decision> {
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
