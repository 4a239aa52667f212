import type { ParticipantId } from '../../schemas/ids.ts'

/** What this node was told of one peer; everything that is absent is as the peer's DID document says. */
export interface PeerProfile {
  readonly participantId: ParticipantId
  /** Base URL of its protocol endpoints, version included, without a trailing slash. */
  readonly address?: string
  /** Origins that its callback addresses may have besides those of its services. */
  readonly callbackOrigins: readonly string[]
  /** How long (ms) this node waits before it speaks in a process with it. */
  readonly pauseMs: number
  /** Its start of a suspended transfer is answered with a start. */
  readonly awaitsStart: boolean
  /** Longest file (bytes) that is copied of it without a manifest. */
  readonly mostCopyBytes: number
  /** Value of the Authorization header for a request to it; absent: it takes self-issued tokens. */
  readonly authorization?: () => string
}

/** Connectors that are configured one by one, for example because they authenticate in another way than members do. */
export interface PeerProfiles {
  /** The one peer whose Authorization header this is. Undefined: of no configured peer, so the header must hold a token. */
  caller(authorization: string): ParticipantId | undefined
  of(participant: ParticipantId): PeerProfile | undefined
}
