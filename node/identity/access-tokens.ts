import type { Did } from '../../schemas/ids.ts'
import { sha256Hex, toBase64Url, utf8 } from '../../protocol/canonical/hash.ts'
import { membershipScope } from '../../protocol/identity/scope.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { AccessGrant, IdentityStore } from './store.ts'

const lifetimeMs = 300_000
const reuseMs = 180_000
const maxAudiences = 1_000

/** Access tokens for this node's own CredentialService: random, bound to one verifier and to scopes, stored as hashes. */
export interface AccessTokens {
  /** A token that `verifier` may use for at least two minutes from now. */
  tokenFor(verifier: Did): Promise<string>
  /** What a presented token grants; undefined when unknown, expired or bound to another verifier. */
  grantOf(token: string, verifier: Did): Promise<AccessGrant | undefined>
}

export function createAccessTokens(deps: {
  readonly store: IdentityStore
  readonly clock: Clock
  readonly random: Random
}): AccessTokens {
  const { store, clock, random } = deps
  const current = new BoundedCache<Did, { token: string; madeAt: number }>(maxAudiences)
  return {
    tokenFor: async (verifier) => {
      const now = clock.now()
      const made = current.get(verifier)
      if (made !== undefined && now - made.madeAt < reuseMs && now >= made.madeAt) return made.token
      const token = toBase64Url(random.bytes(32))
      await store.saveGrant(hashOf(token), { verifier, scopes: [membershipScope], expiresAt: now + lifetimeMs })
      current.set(verifier, { token, madeAt: now })
      return token
    },
    grantOf: async (token, verifier) => {
      const grant = await store.grant(hashOf(token), clock.now())
      return grant?.verifier === verifier ? grant : undefined
    },
  }
}

function hashOf(token: string): string {
  return sha256Hex(utf8(token))
}
