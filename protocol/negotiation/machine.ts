import type { Termination } from '../../schemas/dsp.ts'
import type {
  Negotiation,
  NegotiationPhase,
  NegotiationSpeech,
  NegotiationState,
  PendingNegotiationMessage,
} from '../../schemas/negotiation.ts'
import type { Agreement, MessageOffer } from '../../schemas/policy.ts'
import type { Instant } from '../../schemas/ids.ts'
import { sameRules } from '../policy/canonical.ts'
import type { Refusal } from '../refusal.ts'
import {
  type AnswerEvent,
  eventRefusal,
  keptReasons,
  neverBegun,
  otherRole,
  type ProcessTables,
} from '../dsp/process.ts'
import { alreadySeen, remember, repeatsLast } from '../dsp/seen.ts'
import { NEGOTIATION_TABLES } from './tables.ts'

/** What a speech carries besides its kind. */
export interface NegotiationContent {
  readonly offer?: MessageOffer | undefined
  readonly agreement?: Agreement | undefined
  readonly termination?: Termination | undefined
}

export type NegotiationEvent =
  /** A message of the authenticated peer. `id`: see messageIdentity. */
  | ({
      readonly kind: 'heard'
      readonly says: NegotiationSpeech
      readonly id: string
      readonly peerPid: string
    } & NegotiationContent)
  /** This side decides to say something. `id` becomes the message's `@id`. */
  | ({ readonly kind: 'intended'; readonly says: NegotiationSpeech; readonly id: string } & NegotiationContent)
  | AnswerEvent

/** send: deliver `pending`. consult: this side may be the next to speak. record-agreement: the agreement is final here. */
export type NegotiationEffect = 'send' | 'consult' | 'record-agreement'

export interface Accepted {
  readonly next: Negotiation
  readonly effects: readonly NegotiationEffect[]
  /** The event changed nothing: a repetition, or an answer to what is no longer pending. */
  readonly repeated: boolean
}

export interface Setting {
  readonly now: Instant
  /** DID of this side; an agreement must name both parties. */
  readonly self: string
}

type Tables = ProcessTables<NegotiationPhase, NegotiationSpeech, NegotiationState>
type Known = Setting & { readonly tables: Tables }

/** FINALIZED and TERMINATED take nothing more. */
export function isFinal(phase: NegotiationPhase): boolean {
  return phase === 'FINALIZED' || phase === 'TERMINATED'
}

/**
 * One step of a negotiation. Pure and total; the rules are SPEC.md beside this file. Refusal codes: `illegal-transition` (the
 * state does not allow it), `conflict` (something else is being said), `invalid-request` (the content does not fit).
 */
export const decideNegotiation = negotiationMachine(NEGOTIATION_TABLES)

/** The machine that these tables make: with others than NEGOTIATION_TABLES it shows what each of their entries is good for. */
export function negotiationMachine(tables: Tables) {
  return (process: Negotiation, event: NegotiationEvent, setting: Setting): Accepted | Refusal => {
    const known = { ...setting, tables }
    if (event.kind === 'heard') return hear(process, event, known)
    if (event.kind === 'intended') return intend(process, event, known)
    if (process.pending?.id !== event.id) return { next: process, effects: [], repeated: true }
    if (event.kind === 'acknowledged') return settle(process, event.peerPid, setting)
    return refusedByPeer(process, event, setting)
  }
}

function hear(process: Negotiation, event: NegotiationEvent & { kind: 'heard' }, setting: Known): Accepted | Refusal {
  if (alreadySeen(process.seen, event.id)) return { next: process, effects: [], repeated: true }
  if (process.peerPid !== undefined && process.peerPid !== event.peerPid) {
    return eventRefusal('invalid-request', 'the process ids of the message do not belong together')
  }
  const standing = standingFor(process, event.says, setting.tables)
  const to = standing === undefined ? 'illegal' : setting.tables[process.role][standing.state].hears[event.says]
  if (standing === undefined || to === 'illegal') {
    const counter = event.says === 'request' || event.says === 'offer'
    return saysNothingNew(process, event.says) || (!counter && repeatsLast(process.seen, event.id))
      ? { next: process, effects: [], repeated: true }
      : eventRefusal('illegal-transition', `${event.says} is not possible in state ${process.state}`)
  }
  const fault = contentFault(standing, event, setting)
  if (fault !== undefined) return fault
  const { pending: _, ...known } = standing
  return moved(
    withContent(
      { ...known, peerPid: event.peerPid, state: to, seen: remember(process.seen, event.id), updatedAt: setting.now },
      { ...event, ...targeted(event.offer, process.datasetId), by: otherRole(process.role) },
    ),
  )
}

/** A verification of what is verified, a finalization of what is final: whatever id this try of it has (N5). */
function saysNothingNew({ role, state }: Negotiation, says: NegotiationSpeech): boolean {
  return role === 'provider'
    ? says === 'verification' && state === 'VERIFIED'
    : says === 'finalization' && state === 'FINALIZED'
}

/** Terms without a target are about the dataset that is negotiated. */
function targeted(offer: MessageOffer | undefined, target: string): { offer?: MessageOffer } {
  return offer === undefined ? {} : { offer: { ...offer, target } }
}

/**
 * The process as it stands when the speech is heard: as it is, or with the pending message taken as delivered, because the peer
 * could not have spoken so otherwise: it knows a process that this side opened from that message alone. While a termination is
 * pending nothing but a termination is taken.
 */
function standingFor(process: Negotiation, says: NegotiationSpeech, tables: Tables): Negotiation | undefined {
  const { pending } = process
  const table = tables[process.role]
  if (pending?.says === 'termination' && says !== 'termination') return undefined
  const opening = process.state === 'INITIAL' && pending !== undefined
  if (!opening && table[process.state].hears[says] !== 'illegal') return process
  if (pending === undefined || table[pending.to].hears[says] === 'illegal') return undefined
  return applyPending(process, pending)
}

function contentFault(
  process: Negotiation,
  event: NegotiationEvent & { kind: 'heard' },
  { self }: Setting,
): Refusal | undefined {
  const target = event.says === 'offer' || event.says === 'request' ? event.offer?.target : undefined
  if (target !== undefined && target !== process.datasetId) {
    return eventRefusal('invalid-request', 'the offer is for another dataset')
  }
  if (event.says !== 'agreement') return undefined
  const { agreement } = event
  if (agreement === undefined) return eventRefusal('invalid-request', 'the message carries no agreement')
  if (agreement.target !== process.datasetId)
    return eventRefusal('invalid-request', 'the agreement is for another dataset')
  if (agreement.assigner !== process.peer || agreement.assignee !== self) {
    return eventRefusal('invalid-request', 'the agreement names other parties')
  }
  return sameRules(agreement, process.offer)
    ? undefined
    : eventRefusal('invalid-request', 'the rules of the agreement are not those of the offer')
}

function intend(
  process: Negotiation,
  event: NegotiationEvent & { kind: 'intended' },
  { now, tables }: Known,
): Accepted | Refusal {
  const to = tables[process.role][process.state].says[event.says]
  if (to === 'illegal') {
    return eventRefusal('illegal-transition', `${event.says} is not possible in state ${process.state}`)
  }
  const { pending } = process
  const gone = pending?.says === 'finalization' || pending?.says === 'termination'
  if (pending !== undefined && (event.says !== 'termination' || gone)) {
    return eventRefusal('conflict', `${pending.says} is on its way to the peer`)
  }
  if (process.state === 'INITIAL' && event.says === 'termination') {
    const { pending: _, ...known } = process
    return moved(withContent({ ...known, state: to, updatedAt: now }, { ...event, by: process.role }))
  }
  const next = { id: event.id, says: event.says, to, ...given(event) }
  const proposed = event.offer === undefined ? {} : { proposed: event.offer }
  return { next: { ...process, ...proposed, pending: next, updatedAt: now }, effects: ['send'], repeated: false }
}

function settle(process: Negotiation, peerPid: string | undefined, { now }: Setting): Accepted | Refusal {
  const known = process.peerPid ?? peerPid
  if (process.pending === undefined || known === undefined || (peerPid !== undefined && peerPid !== known)) {
    return eventRefusal('invalid-request', 'the answer of the peer does not name the process ids')
  }
  return moved({ ...applyPending(process, process.pending), peerPid: known, updatedAt: now })
}

function refusedByPeer(
  process: Negotiation,
  event: NegotiationEvent & { kind: 'refused' },
  { now }: Setting,
): Accepted {
  const { pending, ...known } = process
  if (pending?.says === 'termination') {
    return moved(withContent({ ...known, state: 'TERMINATED', updatedAt: now }, { ...pending, by: process.role }))
  }
  if (process.state === 'INITIAL') {
    return moved({ ...known, state: 'TERMINATED', termination: neverBegun(process.role, event), updatedAt: now })
  }
  const reasons = keptReasons(event.reasons)
  const termination = { by: process.role, code: 'refused-by-peer', reasons } as const
  const say = { id: event.followUp, says: 'termination', to: 'TERMINATED', termination } as const
  return { next: { ...known, pending: say, updatedAt: now }, effects: ['send'], repeated: false }
}

function applyPending(process: Negotiation, pending: PendingNegotiationMessage): Negotiation {
  const { pending: _, ...known } = process
  return withContent({ ...known, state: pending.to }, { ...pending, by: process.role })
}

function withContent(
  process: Negotiation,
  content: NegotiationContent & { readonly says: NegotiationSpeech; readonly by: Negotiation['role'] },
): Negotiation {
  const { says, by, offer, agreement, termination } = content
  if ((says === 'request' || says === 'offer') && offer !== undefined) return { ...process, offer, offeredBy: by }
  if (says === 'agreement' && agreement !== undefined) return { ...process, agreement }
  if (says === 'termination') return { ...process, termination: termination ?? { by, reasons: [] } }
  return process
}

function given(content: NegotiationContent) {
  return {
    ...(content.offer === undefined ? {} : { offer: content.offer }),
    ...(content.agreement === undefined ? {} : { agreement: content.agreement }),
    ...(content.termination === undefined ? {} : { termination: content.termination }),
  }
}

function moved(next: Negotiation): Accepted {
  const effects: NegotiationEffect[] = isFinal(next.state) ? [] : ['consult']
  if (next.state === 'FINALIZED') effects.push('record-agreement')
  return { next, effects, repeated: false }
}
