import type { Did } from '../../schemas/ids.ts'
import type { Effects } from '../ports/effects.ts'

/** What an access token lets one verifier see. */
export interface AccessGrant {
  readonly verifier: Did
  readonly scopes: readonly string[]
  /** ms since 1970. */
  readonly expiresAt: number
}

/** A credential that this node asked an issuer for. */
export interface CredentialRequest {
  /** Chosen by this node, unguessable. */
  readonly holderPid: string
  readonly issuer: Did
  readonly type: string
  readonly format: string
  readonly state: 'open' | 'issued' | 'rejected'
  /** SHA-256 of what was delivered. */
  readonly delivery?: string
  readonly createdAt: number
}

/** A credential that this node holds, as it was delivered. Times in ms since 1970. */
export interface HeldCredential {
  readonly id: string
  readonly type: string
  readonly issuer: Did
  readonly token: string
  readonly validFrom: number
  readonly validUntil: number
}

export interface Delivery {
  readonly holderPid: string
  /** SHA-256 of the delivered payloads. */
  readonly digest: string
  readonly credentials: readonly HeldCredential[]
  readonly effects: Effects
  readonly now: number
}

export interface IdentityStore {
  /** Records that (issuer, id) was used; false when it was before. Entries past `expiresAt` may be forgotten. */
  useOnce(use: { issuer: Did; id: string; expiresAt: number; now: number }): Promise<boolean>
  /** `hash` is the SHA-256 of the token; the token itself is never stored. */
  saveGrant(hash: string, grant: AccessGrant): Promise<void>
  /** Undefined when there is none or it has expired at `now`. */
  grant(hash: string, now: number): Promise<AccessGrant | undefined>
  openRequest(request: CredentialRequest): Promise<void>
  request(holderPid: string): Promise<CredentialRequest | undefined>
  /** Closes the request and keeps its credentials. repeated: the same was delivered before. conflict: the request is not open. */
  acceptDelivery(delivery: Delivery): Promise<'stored' | 'repeated' | 'conflict'>
  /** False when the request is not open. */
  rejectRequest(holderPid: string): Promise<boolean>
  /** Credentials valid at `now`, the one that lasts longest first. */
  heldCredentials(now: number): Promise<HeldCredential[]>
  /** Of this type and issuer, the one that lasts longest, valid or not. */
  newestCredential(type: string, issuer: Did): Promise<HeldCredential | undefined>
}
