import type { Role } from '../../schemas/dsp.ts'
import type { NegotiationPhase, NegotiationSpeech, NegotiationState } from '../../schemas/negotiation.ts'

/** Where a speech leads, or that it may not be said here. */
export type Rule = NegotiationState | 'illegal'

/** What may be heard from the peer and what may be said to it in one phase. Total: every speech has a rule. */
export interface Row {
  readonly hears: Readonly<Record<NegotiationSpeech, Rule>>
  readonly says: Readonly<Record<NegotiationSpeech, Rule>>
}

type Rules = Readonly<Partial<Record<NegotiationSpeech, NegotiationState>>>

const NOTHING: Readonly<Record<NegotiationSpeech, Rule>> = {
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
  INITIAL: row({ hears: {}, says: { request: 'REQUESTED', ...END } }),
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
  INITIAL: row({ hears: { request: 'REQUESTED' }, says: {} }),
  REQUESTED: row({ hears: END, says: { offer: 'OFFERED', agreement: 'AGREED', ...END } }),
  OFFERED: row({ hears: { request: 'REQUESTED', acceptance: 'ACCEPTED', ...END }, says: END }),
  ACCEPTED: row({ hears: END, says: { agreement: 'AGREED', ...END } }),
  AGREED: row({ hears: { verification: 'VERIFIED', ...END }, says: END }),
  VERIFIED: row({ hears: END, says: { finalization: 'FINALIZED', ...END } }),
  FINALIZED: row({ hears: {}, says: {} }),
  TERMINATED: row({ hears: {}, says: {} }),
}

export const NEGOTIATION_TABLES: Readonly<Record<Role, Readonly<Record<NegotiationPhase, Row>>>> = {
  consumer: CONSUMER,
  provider: PROVIDER,
}
