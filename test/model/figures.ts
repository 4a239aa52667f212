import { otherRole } from '../../protocol/dsp/process.ts'
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
const NEGOTIATION_ARROWS: readonly Arrow[] = [
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
const TRANSFER_ARROWS: readonly Arrow[] = [
  ['INITIAL', 'request', 'consumer', 'REQUESTED'],
  ['REQUESTED', 'start', 'provider', 'STARTED'],
  ...either('STARTED', 'completion', 'COMPLETED'),
  ...either('STARTED', 'suspension', 'SUSPENDED'),
  ...either('SUSPENDED', 'start', 'STARTED'),
  ...['REQUESTED', 'STARTED', 'SUSPENDED'].flatMap((from) => either(from, 'termination', 'TERMINATED')),
]

/** A figure, and who may give up what it has opened before the peer has answered: nothing is said then, so it has no arrow. */
export interface Figure {
  readonly arrows: readonly Arrow[]
  readonly givesUp: readonly Role[]
}

export const NEGOTIATION_FIGURE: Figure = { arrows: NEGOTIATION_ARROWS, givesUp: ['consumer', 'provider'] }
export const TRANSFER_FIGURE: Figure = { arrows: TRANSFER_ARROWS, givesUp: ['consumer'] }
/** The figure as connectors have it that answer a start of the consumer with one of their own. */
export const ANSWERING_FIGURE: Figure = {
  ...TRANSFER_FIGURE,
  arrows: [...TRANSFER_ARROWS, ['STARTED', 'start', 'provider', 'STARTED']],
}

/** Where a figure leads this role when it says the word in this state, or hears it from its peer. */
export function leadsTo(
  { arrows, givesUp }: Figure,
  [role, way, says]: readonly [Role, 'hears' | 'says', string],
  from: string,
): string {
  if (from === 'INITIAL' && says === 'termination')
    return way === 'says' && givesUp.includes(role) ? 'TERMINATED' : 'illegal'
  const by = way === 'says' ? role : otherRole(role)
  return arrows.find((arrow) => arrow[0] === from && arrow[1] === says && arrow[2] === by)?.[3] ?? 'illegal'
}
