import type { Role } from '../../schemas/dsp.ts'

/** One arrow of a state machine: who says what in which state, and where that leads. */
export type Arrow = readonly [from: string, says: string, by: Role, to: string]

const either = (from: string, says: string, to: string): Arrow[] => [
  [from, says, 'consumer', to],
  [from, says, 'provider', to],
]

/**
 * The figure of DSP 2025-1 §Contract Negotiation, written down from the specification and not from the tables. It lets only
 * some senders terminate in ACCEPTED, AGREED and VERIFIED; the text ("at any state") lets both, and so do connectors.
 */
export const NEGOTIATION_FIGURE: readonly Arrow[] = [
  ['INITIAL', 'request', 'consumer', 'REQUESTED'],
  ['INITIAL', 'offer', 'provider', 'OFFERED'],
  ['REQUESTED', 'offer', 'provider', 'OFFERED'],
  ['REQUESTED', 'agreement', 'provider', 'AGREED'],
  ['OFFERED', 'request', 'consumer', 'REQUESTED'],
  ['OFFERED', 'acceptance', 'consumer', 'ACCEPTED'],
  ['ACCEPTED', 'agreement', 'provider', 'AGREED'],
  ['AGREED', 'verification', 'consumer', 'VERIFIED'],
  ['VERIFIED', 'finalization', 'provider', 'FINALIZED'],
  ...['REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'].flatMap((from) =>
    either(from, 'termination', 'TERMINATED'),
  ),
]

/** The figure of DSP 2025-1 §Transfer Process. */
export const TRANSFER_FIGURE: readonly Arrow[] = [
  ['INITIAL', 'request', 'consumer', 'REQUESTED'],
  ['REQUESTED', 'start', 'provider', 'STARTED'],
  ...either('STARTED', 'completion', 'COMPLETED'),
  ...either('STARTED', 'suspension', 'SUSPENDED'),
  ...either('SUSPENDED', 'start', 'STARTED'),
  ...['REQUESTED', 'STARTED', 'SUSPENDED'].flatMap((from) => either(from, 'termination', 'TERMINATED')),
]

/** Who may give up what it has opened before the peer has answered; nothing is said then, so the figures have no such arrow. */
export const GIVING_UP: Readonly<Record<'negotiation' | 'transfer', readonly Role[]>> = {
  negotiation: ['consumer', 'provider'],
  transfer: ['consumer'],
}
