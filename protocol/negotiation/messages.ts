import {
  type Negotiation,
  type NegotiationMessage,
  type NegotiationSpeech,
  type PendingNegotiationMessage,
  PURPOSE_MEMBER,
} from '../../schemas/negotiation.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { MessageOffer } from '../../schemas/policy.ts'

/** A message ready to be posted: path below the peer's base address, and the body. */
export interface Letter<Message> {
  readonly path: string
  readonly message: Message
}

/**
 * The pending message of a negotiation in the form of DSP 2025-1 (HTTPS binding). `callbackAddress`: where this side takes
 * messages; only the first request carries it.
 */
export function negotiationLetter(
  process: Negotiation,
  pending: PendingNegotiationMessage,
  callbackAddress: string,
): Letter<NegotiationMessage> {
  const { role, pid, peerPid } = process
  if (peerPid === undefined) return firstRequest(process, pending, callbackAddress)
  const pids =
    role === 'consumer' ? { consumerPid: pid, providerPid: peerPid } : { providerPid: pid, consumerPid: peerPid }
  const envelope = { '@context': [DSP_CONTEXT], '@id': pending.id, ...pids }
  return {
    path: `/negotiations/${encodeURIComponent(peerPid)}${PATHS[pending.says]}`,
    message: BODIES[pending.says](envelope, { pending, offer: pending.offer ?? process.offer }),
  }
}

interface Envelope {
  readonly '@context': string[]
  readonly '@id': string
  readonly providerPid: string
  readonly consumerPid: string
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

/** `code` and `reason` of a message that ends or suspends; an empty list of reasons is left out (DSP: at least one item). */
export function fault(cause: { readonly code?: string | undefined; readonly reasons: readonly string[] } | undefined): {
  code?: string
  reason?: string[]
} {
  if (cause === undefined) return {}
  return {
    ...(cause.code === undefined ? {} : { code: cause.code }),
    ...(cause.reasons.length === 0 ? {} : { reason: [...cause.reasons] }),
  }
}
