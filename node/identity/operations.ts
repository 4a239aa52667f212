import type { DsseEnvelope } from '../../schemas/ledger.ts'
import type { Did } from '../../schemas/ids.ts'
import type { DidDocument, ServiceType, VerifiedCredential } from '../../schemas/identity.ts'

/** A caller whose token and membership were verified. */
export interface Peer {
  readonly did: Did
  readonly credentials: readonly VerifiedCredential[]
}

/** A caller whose token was verified; nothing is said about membership. */
export interface Bearer {
  readonly did: Did
  /** Access token for the caller's own CredentialService. */
  readonly accessToken?: string
  readonly preAuthorizedCode?: string
}

/** Who this node is, and who the others are. */
export interface Identity {
  readonly did: Did
  didDocument(): Promise<DidDocument>
  /** Throws Refused `peer-unreachable` when the document cannot be had. `fresh` skips the cache. */
  resolve(did: Did, options?: { fresh?: boolean }): Promise<DidDocument>
  /** Endpoint URL without a trailing slash. Throws Refused `peer-unreachable`, or `unsupported` when the peer names no such service. */
  service(did: Did, type: ServiceType): Promise<string>
  /** Value of the Authorization header for one request to `audience`; every call makes a new token. */
  authorizationFor(audience: Did, options?: { preAuthorizedCode?: string }): Promise<string>
  /** Token and membership of the caller. Throws Refused `unauthorized`. */
  authenticate(authorization: string | undefined): Promise<Peer>
  /** Token of the caller alone. Throws Refused `unauthorized`. */
  identify(authorization: string | undefined): Promise<Bearer>
  signStatement(payloadType: string, payload: Uint8Array): Promise<DsseEnvelope>
  verifyStatement(envelope: DsseEnvelope, signer: Did): Promise<boolean>
}
