import type { ServiceType } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { describeCredential } from '../../protocol/identity/credential.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { signPresentation } from '../../protocol/identity/presentation.ts'
import { type Scope, entitledScopes } from '../../protocol/identity/scope.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { AccessTokens } from './access-tokens.ts'
import { refuseCaller } from './bearer-check.ts'
import type { CredentialChecks } from './credential-checks.ts'
import { createDelivery } from './delivery.ts'
import type { Holding, Wallet } from './operations.ts'
import { createCredentialRequests } from './requests.ts'
import type { HeldCredential, IdentityStore } from './store.ts'
import type { TokenMint } from './token-mint.ts'

export interface WalletDeps {
  readonly did: Did
  readonly store: IdentityStore
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClient
  readonly log: Logger
  readonly service: (did: Did, type: ServiceType) => Promise<string>
  readonly tokens: TokenMint
  readonly accessTokens: AccessTokens
  readonly checks: CredentialChecks
  readonly key: () => Promise<SigningKey>
}

export function createWallet(deps: WalletDeps): Wallet {
  const { did, store, clock, random, accessTokens, key } = deps
  const arrivals = new Map<string, () => void>()
  return {
    obtain: createCredentialRequests({ ...deps, arrivals }),
    newest: async (type, issuer) => {
      const held = await store.newestCredential(type, issuer)
      return held === undefined ? undefined : holdingOf(held)
    },
    deliver: createDelivery({ ...deps, arrivals }),
    present: async (verifier, query) => {
      const { scope, presentationDefinition } = query
      const token = verifier.accessToken
      const grant = token === undefined ? undefined : await accessTokens.grantOf(token, verifier.did)
      if (grant === undefined) return refuseCaller()
      if (scope !== undefined && presentationDefinition !== undefined) {
        refuse('invalid-request', 'scope and presentationDefinition exclude each other', 'Send one of them.')
      }
      if (presentationDefinition !== undefined) {
        refuse('not-implemented', 'presentation definitions are not supported', 'Ask with scope.')
      }
      if (scope === undefined) refuse('invalid-request', 'the query asks for nothing', 'Send a scope.')
      const scopes = entitledScopes(scope, grant.scopes)
      const now = clock.now()
      const credentials = selectCredentials(await store.heldCredentials(now), scopes)
      if (credentials.length === 0) return []
      const jti = `urn:uuid:${random.uuid()}`
      return [await signPresentation({ key: await key(), holder: did, verifier: verifier.did, credentials, jti, now })]
    },
  }
}

/** For a type the credential that lasts longest per issuer, for an id that credential. */
function selectCredentials(held: readonly HeldCredential[], scopes: readonly Scope[]): string[] {
  const chosen = new Map<string, string>()
  for (const credential of held) {
    const asked = scopes.some(({ alias, value }) =>
      alias === 'type' ? value === credential.type : value === describeCredential(credential.token)?.id,
    )
    const slot = `${credential.issuer} ${credential.type}`
    if (asked && !chosen.has(slot)) chosen.set(slot, credential.token)
  }
  return [...chosen.values()]
}

function holdingOf({ type, issuer, validFrom, validUntil }: HeldCredential): Holding {
  return { type, issuer, validFrom, validUntil }
}
