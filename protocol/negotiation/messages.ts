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
 * messages; only the first request carries it.
 */
export function negotiationLetter(
  process: Negotiation,
  pending: PendingNegotiationMessage,
  callbackAddress: string,
): Letter<NegotiationMessage> {
  const { peerPid } = process
  if (peerPid === undefined) return firstRequest(process, pending, callbackAddress)
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

function firstRequest(
  process: Negotiation,
  pending: PendingNegotiationMessage,
  callbackAddress: string,
): Letter<NegotiationMessage> {
  return {
    path: '/negotiations/request',
    message: {
      '@context': [DSP_CONTEXT],
      '@id': pending.id,
      '@type': 'ContractRequestMessage',
      consumerPid: process.pid,
      offer: pending.offer ?? process.offer,
      callbackAddress,
      ...(process.purpose === undefined ? {} : { [PURPOSE_MEMBER]: process.purpose }),
    },
  }
}
