import * as z from 'zod'
import { faultMembers, messageMembers, processMembers, ProvenMembership, Role, Termination } from './dsp.ts'
import { Instant, Iri, ParticipantId } from './ids.ts'
import { Agreement, MessageOffer, Offer, OfferTerms } from './policy.ts'

/** States of DSP 2025-1 §Contract Negotiation, verbatim. */
export const NegotiationState = z.enum([
  'REQUESTED',
  'OFFERED',
  'ACCEPTED',
  'AGREED',
  'VERIFIED',
  'FINALIZED',
  'TERMINATED',
])
export type NegotiationState = z.infer<typeof NegotiationState>

/** INITIAL is the figure's start node: created here, not yet acknowledged by the peer. Never on the wire. */
export const NegotiationPhase = z.enum(['INITIAL', ...NegotiationState.options])
export type NegotiationPhase = z.infer<typeof NegotiationPhase>

/** Member of a request message that states the purpose of the use: an absolute IRI, unknown to others and ignored by them. */
export const PURPOSE_MEMBER = 'urn:tanemaki:purpose:v1'

const Address = z.string().min(1).max(2048)

export const ContractRequestMessage = z
  .object({
    ...messageMembers,
    '@type': z.literal('ContractRequestMessage'),
    consumerPid: Iri,
    providerPid: Iri.optional(),
    offer: MessageOffer,
    callbackAddress: Address.optional(),
    [PURPOSE_MEMBER]: z.string().min(1).max(512).optional(),
  })
  .refine((m) => (m.callbackAddress === undefined) !== (m.providerPid === undefined), {
    message: 'exactly one of callbackAddress and providerPid',
  })
export type ContractRequestMessage = z.infer<typeof ContractRequestMessage>

export const ContractOfferMessage = z
  .object({
    ...messageMembers,
    '@type': z.literal('ContractOfferMessage'),
    providerPid: Iri,
    consumerPid: Iri.optional(),
    offer: MessageOffer,
    callbackAddress: Address.optional(),
  })
  .refine((m) => (m.callbackAddress === undefined) !== (m.consumerPid === undefined), {
    message: 'exactly one of callbackAddress and consumerPid',
  })
export type ContractOfferMessage = z.infer<typeof ContractOfferMessage>

export const ContractAgreementMessage = z.object({
  ...processMembers,
  '@type': z.literal('ContractAgreementMessage'),
  agreement: Agreement,
})
export type ContractAgreementMessage = z.infer<typeof ContractAgreementMessage>

export const ContractAgreementVerificationMessage = z.object({
  ...processMembers,
  '@type': z.literal('ContractAgreementVerificationMessage'),
})
export type ContractAgreementVerificationMessage = z.infer<typeof ContractAgreementVerificationMessage>

export const ContractNegotiationEventMessage = z.object({
  ...processMembers,
  '@type': z.literal('ContractNegotiationEventMessage'),
  eventType: z.enum(['ACCEPTED', 'FINALIZED']),
})
export type ContractNegotiationEventMessage = z.infer<typeof ContractNegotiationEventMessage>

export const ContractNegotiationTerminationMessage = z.object({
  ...processMembers,
  '@type': z.literal('ContractNegotiationTerminationMessage'),
  ...faultMembers,
})
export type ContractNegotiationTerminationMessage = z.infer<typeof ContractNegotiationTerminationMessage>

export const ContractNegotiation = z.object({
  ...processMembers,
  '@type': z.literal('ContractNegotiation'),
  state: NegotiationState,
})
export type ContractNegotiation = z.infer<typeof ContractNegotiation>

export const ContractNegotiationError = z.object({
  ...processMembers,
  '@type': z.literal('ContractNegotiationError'),
  ...faultMembers,
})
export type ContractNegotiationError = z.infer<typeof ContractNegotiationError>

export const NegotiationMessage = z.union([
  ContractRequestMessage,
  ContractOfferMessage,
  ContractAgreementMessage,
  ContractAgreementVerificationMessage,
  ContractNegotiationEventMessage,
  ContractNegotiationTerminationMessage,
])
export type NegotiationMessage = z.infer<typeof NegotiationMessage>

/** What each side may say in a negotiation, by meaning. */
export const NegotiationSpeech = z.enum([
  'request',
  'offer',
  'acceptance',
  'agreement',
  'verification',
  'finalization',
  'termination',
])
export type NegotiationSpeech = z.infer<typeof NegotiationSpeech>

/**
 * What this side has decided to say and the peer has not acknowledged yet. The state moves to `to` with the peer's 2xx, or
 * when a later message of the peer proves that it arrived.
 */
export const PendingNegotiationMessage = z.object({
  /** Identity of the message, the same for every try; sent as `@id`. */
  id: Iri,
  says: NegotiationSpeech,
  to: NegotiationState,
  offer: MessageOffer.optional(),
  agreement: Agreement.optional(),
  termination: Termination.optional(),
})
export type PendingNegotiationMessage = z.infer<typeof PendingNegotiationMessage>

/** One negotiation as one side holds it. */
export const Negotiation = z.object({
  /** Process id of this side. */
  pid: Iri,
  /** Process id of the peer; absent until its first message. */
  peerPid: Iri.optional(),
  role: Role,
  peer: ParticipantId,
  /** Base URL that messages to the peer extend, without trailing slash. */
  peerAddress: z.string(),
  datasetId: Iri,
  /** The terms on the table. */
  offer: MessageOffer,
  offeredBy: Role,
  /** The terms that this side proposed last; others are not accepted without a person. */
  proposed: MessageOffer.optional(),
  memberships: z.array(ProvenMembership),
  purpose: z.string().optional(),
  agreement: Agreement.optional(),
  state: NegotiationPhase,
  pending: PendingNegotiationMessage.optional(),
  termination: Termination.optional(),
  /** Identities of the messages already taken in, newest last, at most 32. */
  seen: z.array(z.string()),
  /** Manifest of the dataset version the terms are about, as the provider's catalog named it. */
  manifestId: z.string().optional(),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Negotiation = z.infer<typeof Negotiation>

/** An agreement that both sides hold as final (or the provider knows the consumer does). */
export const AgreementRecord = z.object({
  id: Iri,
  role: Role,
  /** Process id of the negotiation at this side. */
  negotiationId: Iri,
  peer: ParticipantId,
  peerAddress: z.string(),
  datasetId: Iri,
  manifestId: z.string().optional(),
  purpose: z.string().optional(),
  offer: MessageOffer,
  agreement: Agreement,
  finalizedAt: Instant,
  /** Provider: the dataset was withdrawn from all use. */
  revoked: z.object({ at: Instant, reason: z.string() }).optional(),
})
export type AgreementRecord = z.infer<typeof AgreementRecord>

/** What a person asks for. */
export const ExchangeRequest = z.object({
  provider: ParticipantId,
  dataset: Iri,
  /** Offer of the dataset, needed when there are several: its id, or the offer itself, which is then not looked up in the catalog. */
  offer: z.union([Iri, Offer]).optional(),
  purpose: z.string().min(1).max(512).optional(),
})
export type ExchangeRequest = z.infer<typeof ExchangeRequest>

/** Terms that a person proposes: a template filled in, or an offer written by hand. */
export const Terms = z.union([z.strictObject({ terms: OfferTerms }), z.strictObject({ offer: Offer })])
export type Terms = z.infer<typeof Terms>

/** What a provider offers to a partner that has not asked. */
export const OfferRequest = z.strictObject({
  partner: ParticipantId,
  dataset: Iri,
  /** One of the published offers of the dataset; needed when there are several and no terms are given. */
  offer: Iri.optional(),
  /** Other terms than those of the catalog. */
  terms: Terms.optional(),
})
export type OfferRequest = z.infer<typeof OfferRequest>
