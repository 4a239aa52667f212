import type { TransferPhase, TransferSpeech, TransferState } from '../../schemas/transfer.ts'
import type { ProcessTables, TableRow } from '../dsp/process.ts'

type Row = TableRow<TransferSpeech, TransferState>
type Rules = Readonly<Partial<Record<TransferSpeech, TransferState>>>

const NOTHING: Row['hears'] = {
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

export const TRANSFER_TABLES: ProcessTables<TransferPhase, TransferSpeech, TransferState> = {
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
