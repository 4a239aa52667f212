import { instantOf } from '../../protocol/instant.ts'
import { decideNegotiation } from '../../protocol/negotiation/machine.ts'
import { evaluatePolicy, isUnderstood } from '../../protocol/policy/evaluate.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { Negotiation, OfferRequest, Terms } from '../../schemas/negotiation.ts'
import type { Decision, MessageOffer, Offer } from '../../schemas/policy.ts'
import { agreementMove } from './agreement-move.ts'
import type { NegotiationDeps, Negotiations } from './operations.ts'
import { begin, type Prepare, step } from './step.ts'
import { decide, type Move, publishedDataset } from './strategy.ts'

type Decisions = Pick<Negotiations, 'inbox' | 'waitsForPerson' | 'accept' | 'counter' | 'offer' | 'terminate'>

/** What a person does where the strategy leaves it to her. */
export function createDecisions(deps: NegotiationDeps): Decisions {
  const waitsForPerson = async (process: Negotiation) =>
    isOwnTurn(process) && (await deps.strategy.next(process)) === undefined
  return {
    waitsForPerson,
    inbox: async () => {
      const waiting: Negotiation[] = []
      for (const process of await deps.store.answerable(500)) {
        if (await waitsForPerson(process)) waiting.push(process)
      }
      return waiting
    },
    accept: (pid) => accept(deps, pid),
    counter: (pid, terms) => counter(deps, pid, terms),
    offer: (request) => offerDataset(deps, request),
    terminate: async (pid, reason) => {
      const { role } = (await deps.store.get(pid))?.process ?? unknownProcess()
      const termination = { by: role, code: 'cancelled', reasons: [reason.slice(0, 2000)] }
      return tell(deps, pid, { move: { says: 'termination', termination } })
    },
  }
}

/** Provider: a request is on the table; consumer: an offer. Nothing is on its way. */
function isOwnTurn({ role, state, pending }: Negotiation): boolean {
  return pending === undefined && state === (role === 'provider' ? 'REQUESTED' : 'OFFERED')
}

async function accept(deps: NegotiationDeps, pid: string): Promise<Negotiation> {
  const process = await decidable(deps, pid)
  if (process.role === 'consumer') {
    await refuseForeignWords(deps, process.offer)
    return tell(deps, pid, { move: { says: 'acceptance' } })
  }
  const dataset = await publishedDataset(deps, process.datasetId)
  if (dataset === undefined) {
    return refuse('not-found', 'the dataset is no longer offered', 'Refuse the request: tanemaki exchange refuse.')
  }
  const { target: _, ...offer } = process.offer
  await deps.catalogs.checkOffer(offer, dataset.inherited)
  const decision = await decide(deps, process, offer)
  if (!decision.permitted) {
    throw new Refused({
      code: 'policy-denied',
      detail: 'the terms of the request do not permit this partner the use it asks for',
      hint: 'Offer other terms (tanemaki exchange counter), or refuse (tanemaki exchange refuse).',
      errors: decision.reasons.map(({ path, text }) => ({ path, message: text.en })),
    })
  }
  const { manifestId, ...move } = agreementMove(deps, process, dataset.manifestId)
  return tell(deps, pid, { move, prepare: withManifest(manifestId) })
}

async function counter(deps: NegotiationDeps, pid: string, terms: Terms): Promise<Negotiation> {
  const process = await decidable(deps, pid)
  if (process.role === 'provider') {
    const checked = await checkedOffer(deps, terms, await deps.datasets.get(process.datasetId))
    return tell(deps, pid, { move: { says: 'offer', offer: { ...checked, target: process.datasetId } } })
  }
  const offer = { ...(await checkedOffer(deps, terms)), '@id': process.offer['@id'], target: process.datasetId }
  return tell(deps, pid, { move: { says: 'request', offer } })
}

async function offerDataset(deps: NegotiationDeps, request: OfferRequest): Promise<Negotiation> {
  const { partner, dataset: id, offer: offerId, terms } = request
  const dataset = await deps.datasets.get(id)
  if (dataset?.state !== 'published') {
    return refuse('not-found', 'this node publishes no such dataset', 'List them: tanemaki dataset list.')
  }
  const { offers, manifestId } = dataset
  const known = offerId === undefined ? offers : offers.filter((offer) => offer['@id'] === offerId)
  const chosen = terms === undefined ? known[0] : await checkedOffer(deps, terms, dataset)
  if (chosen === undefined) refuse('not-found', 'the dataset has no such offer', 'See them: tanemaki dataset show.')
  const now = instantOf(deps.clock.now())
  const offer: MessageOffer = { ...chosen, '@type': 'Offer', target: dataset.id }
  const fresh: Negotiation = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role: 'provider',
    peer: partner,
    peerAddress: await deps.partners.addressOf(partner),
    datasetId: dataset.id,
    offer,
    offeredBy: 'provider',
    memberships: [],
    state: 'INITIAL',
    seen: [],
    ...(manifestId === undefined ? {} : { manifestId }),
    createdAt: now,
    updatedAt: now,
  }
  const event = { kind: 'intended', says: 'offer', id: `urn:uuid:${deps.random.uuid()}`, offer } as const
  const decision = decideNegotiation(fresh, event, { now, self: deps.identity.did })
  if ('code' in decision) throw new Refused(decision)
  await begin(deps, decision)
  return decision.next
}

/** `dataset`: the own one that the terms are about. */
function checkedOffer({ catalogs }: NegotiationDeps, terms: Terms, dataset?: DatasetRecord): Promise<Offer> {
  const inherited = dataset?.inherited
  return 'terms' in terms ? catalogs.checkTerms(terms.terms, inherited) : catalogs.checkOffer(terms.offer, inherited)
}

async function decidable({ store }: NegotiationDeps, pid: string): Promise<Negotiation> {
  const { process } = (await store.get(pid)) ?? unknownProcess()
  if (isOwnTurn(process)) return process
  return refuse(
    'conflict',
    `the negotiation is ${process.state}${process.pending === undefined ? '' : `, and ${process.pending.says} is being said`}`,
    'See what waits for a decision: tanemaki exchange inbox.',
  )
}

/** Terms with words that this node does not understand are none that it could keep. */
export async function refuseForeignWords(
  { governance, identity, clock }: NegotiationDeps,
  offer: Offer,
): Promise<void> {
  const { operands } = await governance.rulebook()
  const facts = { scope: 'negotiation', recipient: identity.did, memberships: [], use: 1, operands } as const
  refuseUnlessUnderstood(evaluatePolicy(offer, facts, clock.now()))
}

export function refuseUnlessUnderstood(decision: Decision): void {
  if (isUnderstood(decision)) return
  throw new Refused({
    code: 'policy-not-understood',
    detail: 'the terms of the offer hold words that this node does not understand, so it cannot bind itself to them',
    hint: 'Ask the provider for an offer in the words of the rulebook.',
    errors: decision.reasons.map(({ path, text }) => ({ path, message: text.en })),
  })
}

function withManifest(manifestId: string | undefined): Prepare {
  return (stored) => (manifestId === undefined ? stored : { ...stored, manifestId })
}

async function tell(
  deps: NegotiationDeps,
  pid: string,
  { move, prepare }: { move: Move; prepare?: Prepare },
): Promise<Negotiation> {
  const event = { kind: 'intended', id: `urn:uuid:${deps.random.uuid()}`, ...move } as const
  const decision = await step(deps, { pid, event, ...(prepare === undefined ? {} : { prepare }) })
  if (decision === undefined) return unknownProcess()
  if ('code' in decision) throw new Refused({ ...decision, code: 'conflict' })
  return decision.next
}

function unknownProcess(): never {
  return refuse('not-found', 'there is no such negotiation', 'List them: tanemaki exchange list.')
}
