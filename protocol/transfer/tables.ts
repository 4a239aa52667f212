import type { Role } from '../../schemas/dsp.ts'
import type { TransferPhase, TransferSpeech, TransferState } from '../../schemas/transfer.ts'

/** Where a speech leads, or that it may not be said here. */
export type Rule = TransferState | 'illegal'

/** What may be heard from the peer and what may be said to it in one phase. Total: every speech has a rule. */
export interface Row {
  readonly hears: Readonly<Record<TransferSpeech, Rule>>
  readonly says: Readonly<Record<TransferSpeech, Rule>>
}

type Rules = Readonly<Partial<Record<TransferSpeech, TransferState>>>

const NOTHING: Readonly<Record<TransferSpeech, Rule>> = {
  request: 'illegal',
  start: 'illegal',
  completion: 'illegal',
  suspension: 'illegal',
  termination: 'illegal',
}
const END: Rules = { termination: 'TERMINATED' }
const RUNNING: Rules = { completion: 'COMPLETED', suspension: 'SUSPENDED', ...END }
const PAUSED: Rules = { start: 'STARTED', ...END }

function row({ hears, says }: { hears: Rules; says: Rules }): Row {
  return { hears: { ...NOTHING, ...hears }, says: { ...NOTHING, ...says } }
}

/** DSP 2025-1 transfer process, the consumer's side. */
const CONSUMER: Readonly<Record<TransferPhase, Row>> = {
  INITIAL: row({ hears: {}, says: { request: 'REQUESTED', ...END } }),
  REQUESTED: row({ hears: { start: 'STARTED', ...END }, says: END }),
  STARTED: row({ hears: RUNNING, says: RUNNING }),
  SUSPENDED: row({ hears: PAUSED, says: PAUSED }),
  COMPLETED: row({ hears: {}, says: {} }),
  TERMINATED: row({ hears: {}, says: {} }),
}

/** DSP 2025-1 transfer process, the provider's side. */
const PROVIDER: Readonly<Record<TransferPhase, Row>> = {
  INITIAL: row({ hears: { request: 'REQUESTED' }, says: {} }),
  REQUESTED: row({ hears: END, says: { start: 'STARTED', ...END } }),
  STARTED: row({ hears: RUNNING, says: RUNNING }),
  SUSPENDED: row({ hears: PAUSED, says: PAUSED }),
  COMPLETED: row({ hears: {}, says: {} }),
  TERMINATED: row({ hears: {}, says: {} }),
}

export const TRANSFER_TABLES: Readonly<Record<Role, Readonly<Record<TransferPhase, Row>>>> = {
  consumer: CONSUMER,
  provider: PROVIDER,
}

/** When both sides speak at once the higher rank wins; the lower one is refused. */
export const SPEECH_RANK: Readonly<Record<TransferSpeech, number>> = {
  request: 0,
  start: 1,
  suspension: 2,
  completion: 3,
  termination: 4,
}
