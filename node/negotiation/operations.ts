import { canonicalJson } from '../../protocol/canonical/jcs.ts'
import { instantOf } from '../../protocol/instant.ts'
import { decideNegotiation, isFinal } from '../../protocol/negotiation/machine.ts'
import { agreementProposal, isReceiptable } from '../../protocol/negotiation/receipt-facts.ts'
import { evaluatePolicy, isUnderstood } from '../../protocol/policy/evaluate.ts'
import { type Refusal, refuse, Refused } from '../../protocol/refusal.ts'
import type { Did, ParticipantId } from '../../schemas/ids.ts'
import type { ReceiptProposal } from '../../schemas/ledger.ts'
import type { AgreementRecord, ExchangeRequest, Negotiation, OfferRequest, Terms } from '../../schemas/negotiation.ts'
import type { RemoteDataset } from '../../schemas/catalog.ts'
import type { Decision, MessageOffer, Offer } from '../../schemas/policy.ts'
import type { Catalogs, Partners } from '../catalog/operations.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import { type Changes, watchChanges } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createDecisions, refuseForeignWords, refuseUnlessUnderstood } from './decisions.ts'
import type { NegotiationStore } from './store.ts'
import { begin, step } from './step.ts'
import type { NegotiationStrategy } from './strategy.ts'

export interface ListOptions {
  /** At most 500; default 100. */
  readonly limit?: number
  /** Only processes changed before this time (ms since 1970). */
  readonly before?: number
}

/** Contracts of this node with its partners, in both roles. */
export interface Negotiations {
  /**
   * Asks a provider for a dataset under one of its offers and returns at once; jobs carry the negotiation on. An offer that is at
   * hand already is asked for without looking into the provider's catalog.
   * Throws Refused: `not-found` (no such dataset or offer), `policy-not-understood` (terms this node cannot keep),
   * `peer-refused`, `peer-unreachable`, `unauthorized`.
   */
  request(request: ExchangeRequest): Promise<Negotiation>
  get(pid: string): Promise<Negotiation | undefined>
  /** Newest change first. */
  list(options?: ListOptions): Promise<Negotiation[]>
  /** The process now and after every change, ending with its final state or when the signal aborts. */
  watch(pid: string, signal?: AbortSignal): AsyncIterable<Negotiation>
  /**
   * Provider: offers a published dataset to a partner that has not asked (DSP 2025-1, ContractOfferMessage without consumerPid).
   * Throws Refused `not-found`, `policy-refused` for terms that the rulebook refuses, `peer-unreachable`.
   */
  offer(request: OfferRequest): Promise<Negotiation>
  /** Negotiations that wait for a decision of a person here, newest change first, at most 500. */
  inbox(): Promise<Negotiation[]>
  waitsForPerson(process: Negotiation): Promise<boolean>
  /**
   * Agrees to what is on the table: the provider to a request (if the policy permits it), the consumer to an offer (if it
   * understands the terms). Throws Refused `not-found`, `conflict`, `policy-denied`, `policy-refused`, `policy-not-understood`.
   */
  accept(pid: string): Promise<Negotiation>
  /** Answers what is on the table with other terms. Throws Refused `not-found`, `conflict`, `policy-refused`. */
  counter(pid: string, terms: Terms): Promise<Negotiation>
  /** Ends the negotiation from this side. Throws Refused `not-found`, `conflict` when it is final. */
  terminate(pid: string, reason: string): Promise<Negotiation>
  /** A finalized agreement, in either role. */
  agreement(id: string): Promise<AgreementRecord | undefined>
  /** Newest first. */
  agreements(options?: ListOptions): Promise<AgreementRecord[]>
  /**
   * The agreement that `peer` (its consumer) refers to in a transfer request. That the consumer refers to it proves that it
   * holds it as final, so a finalization whose acknowledgement is still on its way counts.
   */
  agreementForConsumer(id: string, peer: string): Promise<AgreementRecord | undefined>
  /** Provider: marks every agreement on the dataset as revoked, and returns them. */
  revoke(datasetId: string, reason: string): Promise<AgreementRecord[]>
  /** Whether a receipt that a peer proposes says what this node knows; `conflict` while the agreement is not final here. */
  expects(proposal: ReceiptProposal, proposer: Did): Promise<Refusal | undefined>
}

interface OfferInHand {
  readonly provider: ParticipantId
  readonly offer: MessageOffer & { readonly target: string }
  readonly purpose?: string | undefined
  readonly manifestId?: string | undefined
}

export interface NegotiationDeps {
  readonly store: NegotiationStore
  readonly strategy: NegotiationStrategy
  readonly datasets: Pick<Datasets, 'get'>
  readonly catalogs: Catalogs
  readonly partners: Partners
  readonly identity: Identity
  readonly governance: Governance
  readonly changes: Changes
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const LONGEST_LIST = 500

export function createNegotiations(deps: NegotiationDeps): Negotiations {
  const { store } = deps
  const agreementForConsumer = async (id: string, peer: string): Promise<AgreementRecord | undefined> => {
    await acknowledgeFinalization(deps, id, peer)
    const record = await store.agreement(id)
    return record?.role === 'provider' && record.peer === peer ? record : undefined
  }
  return {
    ...createDecisions(deps),
    request: (request) => requestExchange(deps, request),
    get: async (pid) => (await store.get(pid))?.process,
    list: (options) => store.list(pageOf(options)),
    watch: async function* (pid, signal) {
      const final = ({ process }: { process: Negotiation }) => isFinal(process.state)
      const versions = watchChanges(deps.changes, { key: pid, read: () => store.get(pid), final }, signal)
      for await (const { process } of versions) yield process
    },
    agreement: (id) => store.agreement(id),
    agreements: (options) => store.agreements(pageOf(options)),
    agreementForConsumer,
    revoke: (datasetId, reason) =>
      store.revoke(datasetId, { at: instantOf(deps.clock.now()), reason: reason.slice(0, 2000) }),
    expects: async (proposal, proposer) => {
      const record = await agreementForConsumer(proposal.exchangeId, proposer)
      if (record === undefined || !isReceiptable(record)) {
        return { code: 'conflict', detail: 'the agreement is not final here', hint: 'Try again.' }
      }
      return canonicalJson(proposal) === canonicalJson(agreementProposal(record, deps.identity.did))
        ? undefined
        : {
            code: 'invalid-request',
            detail: 'the receipt says otherwise than this node knows',
            hint: 'Compare the facts.',
          }
    },
  }
}

function pageOf({ limit, before }: ListOptions = {}) {
  const most = Math.min(Math.max(limit ?? 100, 1), LONGEST_LIST)
  return before === undefined ? { limit: most } : { limit: most, before }
}

/** That the consumer speaks of the agreement as final is the acknowledgement of a finalization on its way to it. */
async function acknowledgeFinalization(deps: NegotiationDeps, agreementId: string, peer: string): Promise<void> {
  const stored = await deps.store.ofAgreement(agreementId)
  const { process } = stored ?? {}
  if (process?.role !== 'provider' || process.peer !== peer || process.pending?.says !== 'finalization') return
  await step(deps, { pid: process.pid, event: { kind: 'acknowledged', id: process.pending.id } })
}

async function requestExchange(deps: NegotiationDeps, request: ExchangeRequest): Promise<Negotiation> {
  const { provider, purpose, offer: wanted } = request
  if (typeof wanted === 'object') {
    const offer = { ...wanted, '@type': 'Offer', target: request.dataset } as const
    await refuseForeignWords(deps, offer)
    return requestOffer(deps, { provider, offer, purpose })
  }
  const dataset = await deps.catalogs.show(provider, request.dataset)
  const { offer, decision } = await chooseOffer(deps, dataset, request)
  refuseUnlessUnderstood(decision)
  return requestOffer(deps, {
    provider,
    offer: { ...offer, target: dataset.id },
    purpose,
    manifestId: dataset.manifestId,
  })
}

async function requestOffer(deps: NegotiationDeps, request: OfferInHand): Promise<Negotiation> {
  const { provider, offer, purpose, manifestId } = request
  const now = instantOf(deps.clock.now())
  const fresh: Negotiation = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role: 'consumer',
    peer: provider,
    peerAddress: await deps.partners.addressOf(provider),
    datasetId: offer.target,
    offer,
    offeredBy: 'provider',
    memberships: [],
    state: 'INITIAL',
    seen: [],
    ...(purpose === undefined ? {} : { purpose }),
    ...(manifestId === undefined ? {} : { manifestId }),
    createdAt: now,
    updatedAt: now,
  }
  const event = { kind: 'intended', says: 'request', id: `urn:uuid:${deps.random.uuid()}`, offer } as const
  const decision = decideNegotiation(fresh, event, { now, self: deps.identity.did })
  if ('code' in decision) throw new Refused(decision)
  await begin(deps, decision)
  return decision.next
}

/** The offer asked for, or the first that would be permitted, or the first: the provider then says why not. */
async function chooseOffer(
  deps: NegotiationDeps,
  dataset: RemoteDataset,
  request: ExchangeRequest,
): Promise<{ readonly offer: Offer; readonly decision: Decision }> {
  const wanted = dataset.offers.filter((offer) => request.offer === undefined || offer['@id'] === request.offer)
  const { operands } = await deps.governance.rulebook()
  const membership = await deps.governance.membership()
  const memberships = membership?.state === 'active' ? [membership.authority] : []
  const facts = { scope: 'negotiation', recipient: deps.identity.did, memberships, use: 1, operands } as const
  const context = request.purpose === undefined ? facts : { ...facts, purpose: request.purpose }
  const judged = wanted.map((offer) => ({ offer, decision: evaluatePolicy(offer, context, deps.clock.now()) }))
  return (
    judged.find(({ decision }) => decision.permitted) ??
    judged.find(({ decision }) => isUnderstood(decision)) ??
    judged[0] ??
    refuse('not-found', 'the dataset has no such offer', 'See its offers: tanemaki catalog show.')
  )
}
