import type { Did } from '../../schemas/ids.ts'
import { readSelfIssuedToken, replayHorizon, verifySelfIssuedToken } from '../../protocol/identity/self-issued-token.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Bearer } from './operations.ts'
import type { DidResolver } from './resolver.ts'
import type { IdentityStore } from './store.ts'

export interface BearerCheck {
  /** The caller behind an Authorization header. Throws Refused `unauthorized`, the same for every reason. */
  check(authorization: string | undefined): Promise<Bearer>
}

/** Never says which check failed: that is in the log. */
export function refuseCaller(): never {
  refuse(
    'unauthorized',
    'the caller did not prove who it is, or that it is a member of this data space',
    'Send a self-issued token for this node, and present a membership that the authority of its space has issued.',
  )
}

export function createBearerCheck(deps: {
  readonly did: Did
  readonly store: IdentityStore
  readonly clock: Clock
  readonly log: Logger
  readonly resolver: DidResolver
}): BearerCheck {
  const { did, store, clock, log, resolver } = deps
  const fail = (code: string, fields: { caller?: Did; reason?: string } = {}): never => {
    log.warn('caller-refused', { code, ...fields })
    return refuseCaller()
  }
  return {
    check: async (authorization) => {
      const token = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return fail('token.missing')
      const now = clock.now()
      const read = readSelfIssuedToken(token, { audience: did, now })
      if (!read.ok) return fail(read.code, { reason: read.detail })
      const caller = read.value.did
      const document = await resolver.resolveForKey(caller, read.value.kid).catch(() => undefined)
      if (document === undefined) return fail('token.unresolvable', { caller })
      const verified = await verifySelfIssuedToken(token, { audience: did, now, document })
      if (!verified.ok) return fail(verified.code, { caller, reason: verified.detail })
      const claims = verified.value
      const fresh = await store.useOnce({ issuer: caller, id: claims.jti, expiresAt: replayHorizon(claims), now })
      if (!fresh) return fail('token.replay', { caller })
      const { token: accessToken, 'pre-authorized_code': preAuthorizedCode } = claims
      return {
        did: caller,
        ...(accessToken === undefined ? {} : { accessToken }),
        ...(preAuthorizedCode === undefined ? {} : { preAuthorizedCode }),
      }
    },
  }
}
