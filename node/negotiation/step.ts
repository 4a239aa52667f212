import { instantOf } from '../../protocol/instant.ts'
import {
  type Accepted,
  decideNegotiation,
  isFinal,
  type NegotiationEffect,
  type NegotiationEvent,
} from '../../protocol/negotiation/machine.ts'
import { agreementProposal, isReceiptable } from '../../protocol/negotiation/receipt-facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { RECEIPT_QUEUE } from '../../schemas/ledger.ts'
import type { AgreementRecord, Negotiation } from '../../schemas/negotiation.ts'
import type { Effects } from '../ports/effects.ts'
import type { JobDraft } from '../ports/queue.ts'
import type { NegotiationDeps } from './operations.ts'

export const ADVANCE_QUEUE = 'negotiation-advance'
const MOST_CONFLICTS = 20

/** What `prepare` may change on the stored process before an event is decided, for example the proven memberships. */
export type Prepare = (process: Negotiation) => Negotiation

/**
 * Load, decide, commit; a lost race loads and decides again. `inJob`: the caller goes on with the process itself, so no job is
 * queued. Undefined when there is no such process.
 */
export async function step(
  deps: NegotiationDeps,
  {
    pid,
    event,
    prepare = (process) => process,
    inJob = false,
  }: {
    pid: string
    event: NegotiationEvent
    prepare?: Prepare
    inJob?: boolean
  },
): Promise<Accepted | Refusal | undefined> {
  for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
    const stored = await deps.store.get(pid)
    if (stored === undefined) return undefined
    const decision = decideNegotiation(prepare(stored.process), event, {
      now: instantOf(deps.clock.now()),
      self: deps.identity.did,
    })
    if ('code' in decision || decision.repeated) return decision
    const final = decision.effects.includes('record-agreement') ? agreementOf(deps, decision.next) : undefined
    const committed = await deps.store.change({
      process: decision.next,
      version: stored.version,
      ...(final === undefined ? {} : { agreement: final }),
      effects: { jobs: [...advance(decision, inJob), ...receipt(deps, final)] },
    })
    if (committed === 'conflict') continue
    announce(deps, stored.process, decision.next)
    return decision
  }
  return { code: 'unavailable', detail: 'the process is too busy', hint: 'Send the message again.' }
}

/** Stores a process that an event has just brought to life. */
export async function begin(deps: NegotiationDeps, decision: Accepted): Promise<'committed' | 'conflict'> {
  const effects: Effects = { jobs: advance(decision, false) }
  const committed = await deps.store.insert(decision.next, effects)
  if (committed === 'committed') announce(deps, undefined, decision.next)
  return committed
}

const ASKING: ReadonlySet<NegotiationEffect> = new Set(['send', 'consult'])

function advance({ next, effects }: Accepted, inJob: boolean): JobDraft[] {
  if (inJob || !effects.some((effect) => ASKING.has(effect))) return []
  return [{ queue: ADVANCE_QUEUE, key: next.pid, payload: { pid: next.pid } }]
}

function agreementOf(deps: NegotiationDeps, process: Negotiation): AgreementRecord | undefined {
  const { agreement, role, pid, peer, peerAddress, datasetId, offer, manifestId, purpose } = process
  if (agreement === undefined) return undefined
  return {
    id: agreement['@id'],
    role,
    negotiationId: pid,
    peer,
    peerAddress,
    datasetId,
    offer,
    agreement,
    finalizedAt: instantOf(deps.clock.now()),
    ...(manifestId === undefined ? {} : { manifestId }),
    ...(purpose === undefined ? {} : { purpose }),
  }
}

/** The consumer proposes the receipt of an agreement (ledger §4.2), unless the provider has no DID that it could name. */
function receipt(deps: NegotiationDeps, record: AgreementRecord | undefined): JobDraft[] {
  if (record?.role !== 'consumer' || !isReceiptable(record)) return []
  return [{ queue: RECEIPT_QUEUE, key: record.id, payload: agreementProposal(record, deps.identity.did) }]
}

function announce(deps: NegotiationDeps, before: Negotiation | undefined, next: Negotiation): void {
  deps.changes.announce(next.pid)
  if (before?.state === next.state) return
  const { pid, role, state, termination } = next
  deps.log.info('negotiation-state', { negotiation: pid, role, state, final: isFinal(state), code: termination?.code })
}
