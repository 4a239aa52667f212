import * as z from 'zod'
import { faultMembers, messageMembers, oneOrMany, processMembers, ProvenMembership, Role, Termination } from './dsp.ts'
import { Instant, Iri, ParticipantId } from './ids.ts'

/** States of DSP 2025-1 §Transfer Process, verbatim. */
export const TransferState = z.enum(['REQUESTED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED'])
export type TransferState = z.infer<typeof TransferState>

/** INITIAL is the figure's start node: created here, not yet acknowledged by the peer. Never on the wire. */
export const TransferPhase = z.enum(['INITIAL', ...TransferState.options])
export type TransferPhase = z.infer<typeof TransferPhase>

/** Distribution formats of a dataset of this node: the consumer fetches, or the provider brings it to an address that it is given. */
export const PULL_FORMAT = 'HttpData-PULL'
export const HTTP_PUSH_FORMAT = 'HttpData-PUSH'
export const S3_PUSH_FORMAT = 'AmazonS3-PUSH'
export const PushFormat = z.enum([HTTP_PUSH_FORMAT, S3_PUSH_FORMAT])
export type PushFormat = z.infer<typeof PushFormat>
export const TRANSFER_FORMATS = [PULL_FORMAT, ...PushFormat.options] as const

/**
 * Member of a message inside a transfer: the `@id` of the last message that its sender had heard from the receiver. Lets the
 * receiver recognise a message that was overtaken on the way. Foreign peers neither send nor need it.
 */
export const AFTER_MEMBER = 'urn:tanemaki:after:v1'

/** Code of a suspension by which the consumer asks for a new token (protocol/transfer/SPEC.md A3). */
export const RENEWAL_CODE = 'access-renewal'

const after = { [AFTER_MEMBER]: Iri.optional() }

export const EndpointProperty = z.object({
  '@type': z.literal('EndpointProperty').default('EndpointProperty'),
  name: z.string().max(512),
  value: z.string().max(8192),
})
export type EndpointProperty = z.infer<typeof EndpointProperty>

export const DataAddress = z.object({
  '@type': z.literal('DataAddress').default('DataAddress'),
  endpointType: z.string().max(512),
  endpoint: z.string().max(2048).optional(),
  endpointProperties: oneOrMany(EndpointProperty),
})
export type DataAddress = z.infer<typeof DataAddress>

export const TransferRequestMessage = z.object({
  ...messageMembers,
  '@type': z.literal('TransferRequestMessage'),
  consumerPid: Iri,
  agreementId: Iri,
  format: z.string().min(1).max(256),
  callbackAddress: z.string().min(1).max(2048),
  dataAddress: DataAddress.optional(),
})
export type TransferRequestMessage = z.infer<typeof TransferRequestMessage>

export const TransferStartMessage = z.object({
  ...processMembers,
  '@type': z.literal('TransferStartMessage'),
  ...after,
  dataAddress: DataAddress.optional(),
})
export type TransferStartMessage = z.infer<typeof TransferStartMessage>

export const TransferCompletionMessage = z.object({
  ...processMembers,
  '@type': z.literal('TransferCompletionMessage'),
  ...after,
})
export type TransferCompletionMessage = z.infer<typeof TransferCompletionMessage>

export const TransferSuspensionMessage = z.object({
  ...processMembers,
  '@type': z.literal('TransferSuspensionMessage'),
  ...after,
  ...faultMembers,
})
export type TransferSuspensionMessage = z.infer<typeof TransferSuspensionMessage>

export const TransferTerminationMessage = z.object({
  ...processMembers,
  '@type': z.literal('TransferTerminationMessage'),
  ...after,
  ...faultMembers,
})
export type TransferTerminationMessage = z.infer<typeof TransferTerminationMessage>

export const TransferProcess = z.object({
  ...processMembers,
  '@type': z.literal('TransferProcess'),
  state: TransferState,
})
export type TransferProcess = z.infer<typeof TransferProcess>

export const TransferError = z.object({ ...processMembers, '@type': z.literal('TransferError'), ...faultMembers })
export type TransferError = z.infer<typeof TransferError>

export const TransferMessage = z.union([
  TransferRequestMessage,
  TransferStartMessage,
  TransferCompletionMessage,
  TransferSuspensionMessage,
  TransferTerminationMessage,
])
export type TransferMessage = z.infer<typeof TransferMessage>

/** What each side may say in a transfer, by meaning. */
export const TransferSpeech = z.enum(['request', 'start', 'completion', 'suspension', 'termination'])
export type TransferSpeech = z.infer<typeof TransferSpeech>

/** Decided here, not yet acknowledged by the peer; see PendingNegotiationMessage. */
export const PendingTransferMessage = z.object({
  id: Iri,
  says: TransferSpeech,
  to: TransferState,
  /** Last message heard when this was decided. */
  after: Iri.optional(),
  termination: Termination.optional(),
})
export type PendingTransferMessage = z.infer<typeof PendingTransferMessage>

/** One transfer as one side holds it. */
export const Transfer = z.object({
  pid: Iri,
  peerPid: Iri.optional(),
  role: Role,
  peer: ParticipantId,
  peerAddress: z.string(),
  agreementId: Iri,
  datasetId: Iri,
  format: z.string(),
  memberships: z.array(ProvenMembership),
  state: TransferPhase,
  pending: PendingTransferMessage.optional(),
  termination: Termination.optional(),
  /** Why and by whom it is suspended now. */
  suspension: Termination.optional(),
  suspendedBy: Role.optional(),
  /** The consumer has started the transfer again itself, and nothing was said of it since (SPEC.md T13, T14). */
  resumed: z.literal(true).optional(),
  /** Ordinal of this pull under its agreement, 1-based; counted when the provider first decides to start it. */
  use: z.int().min(1).optional(),
  /** Consumer: where the bytes are, as the provider last said, with the token of at most five minutes' rest. */
  dataAddress: DataAddress.optional(),
  /** Push: where the bytes go, as far as everyone may read it (protocol/transfer/sink-address, sinkLabel). */
  sink: z.string().max(512).optional(),
  /** Last own message that the peer is known to have heard. */
  lastSaid: Iri.optional(),
  /** Identities of the messages already taken in, newest last, at most 32. */
  seen: z.array(z.string()),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Transfer = z.infer<typeof Transfer>
