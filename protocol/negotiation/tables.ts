import type { NegotiationPhase, NegotiationSpeech, NegotiationState } from '../../schemas/negotiation.ts'
import type { ProcessTables, TableRow } from '../dsp/process.ts'

type Row = TableRow<NegotiationSpeech, NegotiationState>
type Rules = Readonly<Partial<Record<NegotiationSpeech, NegotiationState>>>

const NOTHING: Row['hears'] = {
  request: 'illegal',
  offer: 'illegal',
  acceptance: 'illegal',
  agreement: 'illegal',
  verification: 'illegal',
  finalization: 'illegal',
  termination: 'illegal',
}
const END: Rules = { termination: 'TERMINATED' }

function row({ hears, says }: { hears: Rules; says: Rules }): Row {
  return { hears: { ...NOTHING, ...hears }, says: { ...NOTHING, ...says } }
}

/** DSP 2025-1 contract negotiation, the consumer's side. Termination is taken from either side in every non-final state. */
const CONSUMER: Readonly<Record<NegotiationPhase, Row>> = {
  INITIAL: row({ hears: { offer: 'OFFERED' }, says: { request: 'REQUESTED', ...END } }),
  REQUESTED: row({ hears: { offer: 'OFFERED', agreement: 'AGREED', ...END }, says: END }),
  OFFERED: row({ hears: END, says: { request: 'REQUESTED', acceptance: 'ACCEPTED', ...END } }),
  ACCEPTED: row({ hears: { agreement: 'AGREED', ...END }, says: END }),
  AGREED: row({ hears: END, says: { verification: 'VERIFIED', ...END } }),
  VERIFIED: row({ hears: { finalization: 'FINALIZED', ...END }, says: END }),
  FINALIZED: row({ hears: {}, says: {} }),
  TERMINATED: row({ hears: {}, says: {} }),
}

/** DSP 2025-1 contract negotiation, the provider's side. */
const PROVIDER: Readonly<Record<NegotiationPhase, Row>> = {
  INITIAL: row({ hears: { request: 'REQUESTED' }, says: { offer: 'OFFERED', ...END } }),
  REQUESTED: row({ hears: END, says: { offer: 'OFFERED', agreement: 'AGREED', ...END } }),
  OFFERED: row({ hears: { request: 'REQUESTED', acceptance: 'ACCEPTED', ...END }, says: END }),
  ACCEPTED: row({ hears: END, says: { agreement: 'AGREED', ...END } }),
  AGREED: row({ hears: { verification: 'VERIFIED', ...END }, says: END }),
  VERIFIED: row({ hears: END, says: { finalization: 'FINALIZED', ...END } }),
  FINALIZED: row({ hears: {}, says: {} }),
  TERMINATED: row({ hears: {}, says: {} }),
}

export const NEGOTIATION_TABLES: ProcessTables<NegotiationPhase, NegotiationSpeech, NegotiationState> = {
  consumer: CONSUMER,
  provider: PROVIDER,
}
