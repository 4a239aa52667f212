import { sha256Hex, utf8 } from '../canonical/hash.ts'
import { canonicalJson } from '../canonical/jcs.ts'

const KEPT = 32
const DIGEST = 'digest:'

/**
 * Identity of a received message: its own `@id` where the sender gives one (this program always does), otherwise the digest of
 * its canonical text. DSP 2025-1 defines no message id but allows the member.
 */
export function messageIdentity(message: { readonly '@id'?: string | undefined }): string {
  return message['@id'] ?? DIGEST + sha256Hex(utf8(canonicalJson(message)))
}

/** A message with an id of its own that was taken in before, among the last 32. */
export function alreadySeen(seen: readonly string[], identity: string): boolean {
  return !identity.startsWith(DIGEST) && seen.includes(identity)
}

/**
 * A message without an id of its own that says again what was heard last. Only asked when the state does not allow the message:
 * where it does, the peer may mean it.
 */
export function repeatsLast(seen: readonly string[], identity: string): boolean {
  return identity.startsWith(DIGEST) && seen.at(-1) === identity
}

export function remember(seen: readonly string[], identity: string): string[] {
  return [...seen, identity].slice(-KEPT)
}
