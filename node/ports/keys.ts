import type { JWK } from 'jose'

/**
 * What a key is for; one key per use, so that a leaked log key signs no credential.
 * identity: ES256 (P-256), tokens and credentials. statement: Ed25519, DSSE statements and receipts. log: Ed25519, checkpoints.
 */
export type KeyUse = 'identity' | 'statement' | 'log'

export type PublicKey = JWK

/** Private keys of the node. They never leave the adapter. */
export interface Keys {
  /** ES256: raw r‖s (64 bytes, JWS form). Ed25519: 64 bytes. */
  sign(use: KeyUse, message: Uint8Array): Promise<Uint8Array>
  publicJwk(use: KeyUse): Promise<PublicKey>
  /** Authenticated encryption under the node key (AES-256-GCM, fresh nonce in front); `context` is bound, not stored. */
  seal(context: string, plaintext: Uint8Array): Promise<Uint8Array>
  /** Inverse of seal; throws when the bytes or the context are not the ones sealed. */
  open(context: string, sealed: Uint8Array): Promise<Uint8Array>
  /** HKDF-SHA-256 of the node key: 32 bytes bound to `context`. */
  derive(context: string): Promise<Uint8Array>
}
