import { DCP_CONTEXT, type ServiceType } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { parseStrictJson, StrictJsonError } from '../../protocol/canonical/strict-json.ts'
import { type Checked, failed } from '../../protocol/identity/checked.ts'
import { type VerifiedPresentation, verifyPresentations } from '../../protocol/identity/presentation.ts'
import { membershipScope, membershipType } from '../../protocol/identity/scope.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import { type HttpClient, HttpFailure } from '../ports/http-client.ts'
import type { Logger } from '../telemetry/logger.ts'
import { refuseCaller } from './bearer-check.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { CredentialChecks } from './credential-checks.ts'
import type { Bearer, Peer } from './operations.ts'
import type { IdentityStore } from './store.ts'
import type { TokenMint } from './token-mint.ts'

const cacheMs = 60_000
const maxPeers = 2_000
const maxBytes = 524_288
const timeoutMs = 5_000

interface KnownPeer {
  readonly peer: Peer
  readonly freshUntil: number
  readonly trustVersion: number
}

interface PeerCheckDeps {
  readonly did: Did
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Logger
  readonly store: IdentityStore
  readonly service: (did: Did, type: ServiceType) => Promise<string>
  readonly tokens: TokenMint
  readonly checks: CredentialChecks
}

export interface PeerCheck {
  /** The caller as a member. Throws Refused `unauthorized`. */
  check(bearer: Bearer): Promise<Peer>
}

/**
 * Asks a caller for its membership presentation and verifies it. The answer is reused for at most 60 s, never past the
 * freshness of the status list that it rests on, and never under another trust list; failures are not remembered.
 */
export function createPeerCheck(deps: PeerCheckDeps): PeerCheck {
  const { clock, log, checks } = deps
  const known = new BoundedCache<Did, KnownPeer>(maxPeers)
  const running = new Map<Did, Promise<Peer>>()

  const verify = async (bearer: Bearer): Promise<Peer> => {
    try {
      const trustVersion = await checks.trustVersion()
      const presented = await askForMembership(bearer, deps)
      if (!presented.ok) {
        log.warn('peer-refused', { caller: bearer.did, code: presented.code, reason: presented.detail })
        known.delete(bearer.did)
        return refuseCaller()
      }
      const peer = { id: bearer.did, credentials: presented.value.credentials }
      const freshUntil = Math.min(clock.now() + cacheMs, presented.value.freshUntil)
      known.set(bearer.did, { peer, freshUntil, trustVersion })
      return peer
    } finally {
      running.delete(bearer.did)
    }
  }
  return {
    check: async (bearer) => {
      const found = known.get(bearer.did)
      const fresh = found !== undefined && clock.now() < found.freshUntil
      if (fresh && found.trustVersion === (await checks.trustVersion())) return found.peer
      const current = running.get(bearer.did) ?? verify(bearer)
      running.set(bearer.did, current)
      return current
    },
  }
}

async function askForMembership(bearer: Bearer, deps: PeerCheckDeps): Promise<Checked<VerifiedPresentation, string>> {
  const { did, store, clock, checks } = deps
  if (bearer.accessToken === undefined) return failed('vp.empty', 'the caller sent no access token')
  const response = await queryPresentations(bearer.did, { accessToken: bearer.accessToken, deps })
  if (!response.ok) return response
  const context = await checks.contextFor({ holder: bearer.did, requested: [membershipType] })
  return verifyPresentations(response.value, {
    ...context,
    verifier: did,
    firstUse: (jti, expires) =>
      store.useOnce({ issuer: bearer.did, id: `presentation:${jti}`, expiresAt: expires, now: clock.now() }),
  })
}

async function queryPresentations(
  holder: Did,
  { accessToken, deps }: { accessToken: string; deps: PeerCheckDeps },
): Promise<Checked<unknown, string>> {
  const { http, service, tokens } = deps
  try {
    const url = `${await service(holder, 'CredentialService')}/presentations/query`
    const authorization = `Bearer ${await tokens.mint({ audience: holder, accessToken })}`
    const body = JSON.stringify({
      '@context': [DCP_CONTEXT],
      type: 'PresentationQueryMessage',
      scope: [membershipScope],
    })
    const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' }
    const answer = await http.request({ method: 'POST', url, headers, body, maxBytes, timeoutMs })
    if (answer.status !== 200) return failed('query.refused', `the CredentialService answered ${answer.status}`)
    return { ok: true, value: parseStrictJson(answer.body) }
  } catch (error) {
    if (error instanceof HttpFailure || error instanceof Refused)
      return failed('query.unreachable', 'no CredentialService')
    if (error instanceof StrictJsonError) return failed('vp.malformed', 'not JSON')
    throw error
  }
}
