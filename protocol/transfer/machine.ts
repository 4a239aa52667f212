import type { Instant } from '../../schemas/ids.ts'
import type { Role, Termination } from '../../schemas/dsp.ts'
import type {
  DataAddress,
  PendingTransferMessage,
  Transfer,
  TransferPhase,
  TransferSpeech,
  TransferState,
} from '../../schemas/transfer.ts'
import {
  type AnswerEvent,
  eventRefusal,
  keptReasons,
  neverBegun,
  otherRole,
  type ProcessTables,
} from '../dsp/process.ts'
import { alreadySeen, remember, repeatsLast } from '../dsp/seen.ts'
import type { Refusal } from '../refusal.ts'
import { SPEECH_RANK, TRANSFER_TABLES } from './tables.ts'

export type TransferEvent =
  /** A message of the authenticated peer. `id`: see messageIdentity. */
  | {
      readonly kind: 'heard'
      readonly says: TransferSpeech
      readonly id: string
      readonly peerPid: string
      /** AFTER_MEMBER of the message. */
      readonly after?: string | undefined
      readonly dataAddress?: DataAddress | undefined
      readonly termination?: Termination | undefined
    }
  /** This side decides to say something. `use`: the ordinal of this pull, at the provider's first start. */
  | {
      readonly kind: 'intended'
      readonly says: TransferSpeech
      readonly id: string
      readonly termination?: Termination | undefined
      readonly use?: number | undefined
      /** Provider: a start beyond the figure, for a consumer that waits for it (SPEC.md T14). */
      readonly answersStart?: boolean | undefined
    }
  | AnswerEvent

/** send: deliver `pending`. consult: this side may be the next to speak. */
export type TransferEffect = 'send' | 'consult'

export interface Accepted {
  readonly next: Transfer
  readonly effects: readonly TransferEffect[]
  readonly repeated: boolean
}

type Tables = ProcessTables<TransferPhase, TransferSpeech, TransferState>

interface Setting {
  readonly now: Instant
  readonly tables: Tables
}

/** COMPLETED and TERMINATED take nothing more. */
export function isFinal(phase: TransferPhase): boolean {
  return phase === 'COMPLETED' || phase === 'TERMINATED'
}

/**
 * One step of a transfer. Pure and total; the rules are SPEC.md beside this file. Refusal codes: `illegal-transition`,
 * `conflict` (something of higher rank is being said), `invalid-request`.
 */
export const decideTransfer = transferMachine(TRANSFER_TABLES)

/** The machine that these tables make: with others than TRANSFER_TABLES it shows what each of their entries is good for. */
export function transferMachine(tables: Tables) {
  return (process: Transfer, event: TransferEvent, now: Instant): Accepted | Refusal => {
    const setting = { now, tables }
    if (event.kind === 'heard') return hear(process, event, setting)
    if (event.kind === 'intended') return intend(process, event, setting)
    if (process.pending?.id !== event.id) return { next: process, effects: [], repeated: true }
    if (event.kind === 'acknowledged') return settle(process, event.peerPid, now)
    return refusedByPeer(process, event, now)
  }
}

function hear(
  process: Transfer,
  event: TransferEvent & { kind: 'heard' },
  { now, tables }: Setting,
): Accepted | Refusal {
  if (alreadySeen(process.seen, event.id)) return { next: process, effects: [], repeated: true }
  if (process.peerPid !== undefined && process.peerPid !== event.peerPid) {
    return eventRefusal('invalid-request', 'the process ids of the message do not belong together')
  }
  const standing = unlessHeld(standingFor(process, event, tables), event.says)
  if ('code' in standing) {
    const anew = tables[process.role][process.state].hears[event.says] !== 'illegal'
    if (!anew && repeatsLast(process.seen, event.id)) return { next: process, effects: [], repeated: true }
    return answersResumption(process, event) ? restarted(process, event, now) : standing
  }
  const to = tables[process.role][standing.state].hears[event.says]
  if (to === 'illegal') return illegal(event.says, process)
  const { pending: _, ...known } = standing
  const next: Transfer = {
    ...known,
    peerPid: event.peerPid,
    state: to,
    seen: remember(process.seen, event.id),
    updatedAt: now,
  }
  return moved(withContent(next, { ...event, by: otherRole(process.role) }))
}

/** Whether what this side is about to say gives way to what it hears; at equal rank the provider's pause or start stands. */
function yields(role: Role, pending: TransferSpeech, heard: TransferSpeech): boolean {
  if (pending !== heard) return SPEECH_RANK[heard] > SPEECH_RANK[pending]
  return role === 'consumer' || (heard !== 'start' && heard !== 'suspension')
}

/**
 * The process as it stands when the message is heard: as it is, or with the pending message taken as delivered. Where the
 * message says what its sender had heard, that tells which; a message that was overtaken on the way counts no more.
 */
function standingFor(process: Transfer, event: TransferEvent & { kind: 'heard' }, tables: Tables): Transfer | Refusal {
  const { says, after } = event
  const { pending } = process
  const table = tables[process.role]
  const exact = after !== undefined && says !== 'termination'
  if (exact && after !== process.lastSaid && after !== pending?.id) return illegal(says, process)
  const delivered = exact && after === pending?.id
  if (!delivered && table[process.state].hears[says] !== 'illegal') {
    return pending === undefined || yields(process.role, pending.says, says)
      ? process
      : eventRefusal('conflict', `${pending.says} is on its way to the peer`)
  }
  if (pending === undefined || (exact && !delivered) || table[pending.to].hears[says] === 'illegal') {
    return illegal(says, process)
  }
  return applyPending(process, pending)
}

/** Some providers answer a start of the consumer with one of their own, which carries the address for going on (T13). */
function answersResumption({ resumed, state, pending }: Transfer, event: TransferEvent & { kind: 'heard' }): boolean {
  const fresh = event.says === 'start' && event.dataAddress !== undefined && event.after === undefined
  return fresh && resumed === true && state === 'STARTED' && pending === undefined
}

function restarted(process: Transfer, event: TransferEvent & { kind: 'heard' }, now: Instant): Accepted {
  const next = { ...process, seen: remember(process.seen, event.id), updatedAt: now }
  return moved(withContent(next, { ...event, by: 'provider' }))
}

/** What the provider suspended, only the provider starts again. */
function unlessHeld(standing: Transfer | Refusal, says: TransferSpeech): Transfer | Refusal {
  if ('code' in standing || standing.role === 'consumer') return standing
  return says === 'start' && standing.suspendedBy === 'provider'
    ? eventRefusal('illegal-transition', 'the provider suspended this transfer and starts it again itself')
    : standing
}

function intend(
  process: Transfer,
  event: TransferEvent & { kind: 'intended' },
  { now, tables }: Setting,
): Accepted | Refusal {
  const to = answersStart(process, event) ? 'STARTED' : tables[process.role][process.state].says[event.says]
  if (to === 'illegal') return illegal(event.says, process)
  const { pending } = process
  if (pending !== undefined && (event.says !== 'termination' || pending.says === 'termination')) {
    return eventRefusal('conflict', `${pending.says} is on its way to the peer`)
  }
  if (pending?.says === 'completion') return eventRefusal('conflict', 'the completion is on its way to the peer')
  if (process.state === 'INITIAL' && event.says === 'termination') {
    const { pending: _, ...known } = process
    return moved(withContent({ ...known, state: to, updatedAt: now }, { ...event, by: process.role }))
  }
  const say: PendingTransferMessage = {
    id: event.id,
    says: event.says,
    to,
    ...(process.seen.length === 0 ? {} : { after: process.seen.at(-1) }),
    ...(event.termination === undefined ? {} : { termination: event.termination }),
  }
  const use = process.use ?? event.use
  const next = { ...process, ...(use === undefined ? {} : { use }), pending: say, updatedAt: now }
  return { next, effects: ['send'], repeated: false }
}

/** The start with which a provider answers a start of the consumer (T14). */
function answersStart({ role, state, resumed }: Transfer, event: TransferEvent & { kind: 'intended' }): boolean {
  const answers = event.answersStart === true && event.says === 'start'
  return answers && role === 'provider' && state === 'STARTED' && resumed === true
}

function settle(process: Transfer, peerPid: string | undefined, now: Instant): Accepted | Refusal {
  const known = process.peerPid ?? peerPid
  if (process.pending === undefined || known === undefined || (peerPid !== undefined && peerPid !== known)) {
    return eventRefusal('invalid-request', 'the answer of the peer does not name the process ids')
  }
  return moved({ ...applyPending(process, process.pending), peerPid: known, updatedAt: now })
}

/** A pause or its end that the peer does not take leaves everything as it was; any other refusal ends the transfer. */
function refusedByPeer(process: Transfer, event: TransferEvent & { kind: 'refused' }, now: Instant): Accepted {
  const { pending, ...known } = process
  const at = { ...known, updatedAt: now }
  if (pending?.says === 'termination') {
    return moved(withContent({ ...at, state: 'TERMINATED' }, { ...pending, by: process.role }))
  }
  if (process.state === 'INITIAL') {
    return moved({ ...at, state: 'TERMINATED', termination: neverBegun(process.role, event) })
  }
  if (pending?.says === 'suspension' || (pending?.says === 'start' && process.state === 'SUSPENDED')) {
    return { next: at, effects: [], repeated: false }
  }
  const reasons = keptReasons(event.reasons)
  const termination: Termination = { by: process.role, code: 'refused-by-peer', reasons }
  const say: PendingTransferMessage = { id: event.followUp, says: 'termination', to: 'TERMINATED', termination }
  return { next: { ...at, pending: say }, effects: ['send'], repeated: false }
}

function applyPending(process: Transfer, pending: PendingTransferMessage): Transfer {
  const { pending: _, ...known } = process
  return withContent({ ...known, state: pending.to, lastSaid: pending.id }, { ...pending, by: process.role })
}

interface Content {
  readonly says: TransferSpeech
  readonly by: Role
  readonly dataAddress?: DataAddress | undefined
  readonly termination?: Termination | undefined
}

function withContent(process: Transfer, { says, by, dataAddress, termination }: Content): Transfer {
  if (says === 'start') {
    const { suspendedBy: _, suspension: _why, resumed: _own, ...running } = process
    const resumed = by === 'consumer' ? { resumed: true as const } : {}
    return { ...running, ...resumed, ...(dataAddress === undefined ? {} : { dataAddress }) }
  }
  if (says === 'suspension') {
    const { resumed: _, ...running } = process
    return { ...running, suspendedBy: by, ...(termination === undefined ? {} : { suspension: termination }) }
  }
  if (says === 'termination') return { ...process, termination: termination ?? { by, reasons: [] } }
  return process
}

function moved(next: Transfer): Accepted {
  return { next, effects: isFinal(next.state) ? [] : ['consult'], repeated: false }
}

function illegal(says: TransferSpeech, process: Transfer): Refusal {
  return eventRefusal('illegal-transition', `${says} is not possible in state ${process.state}`)
}
