import {
  type Negotiation,
  type NegotiationMessage,
  type NegotiationSpeech,
  type PendingNegotiationMessage,
  PURPOSE_MEMBER,
} from '../../schemas/negotiation.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { MessageOffer } from '../../schemas/policy.ts'
import { type Envelope, envelope, fault, type Letter } from '../dsp/messages.ts'

/**
 * The pending message of a negotiation in the form of DSP 2025-1 (HTTPS binding). `callbackAddress`: where this side takes
 * messages; only the message that opens the process carries it.
 */
export function negotiationLetter(
  process: Negotiation,
  pending: PendingNegotiationMessage,
  callbackAddress: string,
): Letter<NegotiationMessage> {
  const { peerPid } = process
  if (peerPid === undefined) return openingLetter(process, pending, callbackAddress)
  return {
    path: `/negotiations/${encodeURIComponent(peerPid)}${PATHS[pending.says]}`,
    message: BODIES[pending.says](envelope(pending.id, process), { pending, offer: pending.offer ?? process.offer }),
  }
}

interface Content {
  readonly pending: PendingNegotiationMessage
  readonly offer: MessageOffer
}

const PATHS: Readonly<Record<NegotiationSpeech, string>> = {
  request: '/request',
  offer: '/offers',
  acceptance: '/events',
  agreement: '/agreement',
  verification: '/agreement/verification',
  finalization: '/events',
  termination: '/termination',
}

const BODIES: Readonly<Record<NegotiationSpeech, (envelope: Envelope, content: Content) => NegotiationMessage>> = {
  request: (envelope, { offer }) => ({ ...envelope, '@type': 'ContractRequestMessage', offer }),
  offer: (envelope, { offer }) => ({ ...envelope, '@type': 'ContractOfferMessage', offer }),
  acceptance: (envelope) => ({ ...envelope, '@type': 'ContractNegotiationEventMessage', eventType: 'ACCEPTED' }),
  agreement: (envelope, { pending }) => {
    if (pending.agreement === undefined) throw new TypeError('an agreement message without an agreement')
    return { ...envelope, '@type': 'ContractAgreementMessage', agreement: pending.agreement }
  },
  verification: (envelope) => ({ ...envelope, '@type': 'ContractAgreementVerificationMessage' }),
  finalization: (envelope) => ({ ...envelope, '@type': 'ContractNegotiationEventMessage', eventType: 'FINALIZED' }),
  termination: (envelope, { pending }) => ({
    ...envelope,
    '@type': 'ContractNegotiationTerminationMessage',
    ...fault(pending.termination),
  }),
}

const OPENINGS = { consumer: 'request', provider: 'offer' } as const

/** The message by which this side opens the process: the only one that says where the answers go, and no id of the peer. */
function openingLetter(
  process: Negotiation,
  pending: PendingNegotiationMessage,
  callbackAddress: string,
): Letter<NegotiationMessage> {
  const { role, pid, purpose } = process
  if (pending.says !== OPENINGS[role]) throw new TypeError(`a ${role} does not open a negotiation with ${pending.says}`)
  const common = {
    '@context': [DSP_CONTEXT],
    '@id': pending.id,
    offer: pending.offer ?? process.offer,
    callbackAddress,
  }
  const path = `/negotiations${PATHS[pending.says]}`
  if (role === 'provider') return { path, message: { ...common, '@type': 'ContractOfferMessage', providerPid: pid } }
  const stated = purpose === undefined ? {} : { [PURPOSE_MEMBER]: purpose }
  return { path, message: { ...common, '@type': 'ContractRequestMessage', consumerPid: pid, ...stated } }
}
