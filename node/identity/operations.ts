import type { TrustList } from '../../schemas/governance.ts'
import type {
  CredentialMessage,
  DidDocument,
  PresentationQueryMessage,
  ServiceType,
  VerifiedCredential,
} from '../../schemas/identity.ts'
import { type Did, isDid, type ParticipantId } from '../../schemas/ids.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import { type OfferedService, buildDidDocument, serviceUrl } from '../../protocol/identity/did-document.ts'
import type { HostPolicy } from '../../protocol/identity/did-web.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Gzip } from '../ports/gzip.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { Keys } from '../ports/keys.ts'
import type { PeerProfile, PeerProfiles } from '../ports/peer-profiles.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createBearerCheck } from './bearer-check.ts'
import { createCredentialChecks } from './credential-checks.ts'
import { createNodeKeys } from './node-keys.ts'
import { createPeerCheck } from './peer-check.ts'
import { createDidResolver } from './resolver.ts'
import { createStatements } from './statements.ts'
import { createStatusLists } from './status-lists.ts'
import type { IdentityStore } from './store.ts'
import { createTokenMint } from './token-mint.ts'
import { createWallet } from './wallet.ts'

/** A caller whose token and membership were verified, or whom a peer profile knows; then it has no credentials. */
export interface Peer {
  readonly id: ParticipantId
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
  resolve(peer: ParticipantId, options?: { fresh?: boolean }): Promise<DidDocument>
  /** Endpoint URL without a trailing slash. Throws Refused `peer-unreachable`, or `unsupported` when the peer names no such service. */
  service(peer: ParticipantId, type: ServiceType): Promise<string>
  /** Value of the Authorization header for one request to `audience`; every call makes a new token. */
  authorizationFor(audience: ParticipantId): Promise<string>
  /** How this node knows a peer that is configured; undefined for all others. */
  profileOf(peer: ParticipantId): PeerProfile | undefined
  /** Token and membership of the caller, or what its peer profile asks for. Throws Refused `unauthorized`. */
  authenticate(authorization: string | undefined): Promise<Peer>
  /** Token of the caller alone. Throws Refused `unauthorized`. */
  identify(authorization: string | undefined): Promise<Bearer>
  signStatement(payloadType: string, payload: Uint8Array): Promise<DsseEnvelope>
  /** Whether `signer` made a good signature over the envelope; false too when the signer cannot be resolved. */
  verifyStatement(envelope: DsseEnvelope, signer: ParticipantId): Promise<boolean>
}

/** Whom this node trusts to issue credentials. Undefined before it is in a space: then it trusts nobody. */
export interface TrustSource {
  trustList(): Promise<TrustList | undefined>
}

/** A credential that this node was given. Times in ms since 1970. */
export interface Holding {
  readonly type: string
  readonly issuer: Did
  readonly validFrom: number
  readonly validUntil: number
}

/** The credentials of this node: asks issuers for them, takes delivery, presents them. */
export interface Wallet {
  /**
   * Asks `issuer` for a credential and waits until it was delivered. Throws Refused: `peer-unreachable`, what the issuer
   * refused with (`invitation-*`, `membership-refused`), or `unavailable` when nothing arrived within 30 s.
   */
  obtain(request: { issuer: Did; type: string; preAuthorizedCode?: string }): Promise<Holding>
  /** The one that lasts longest, expired or not. */
  newest(type: string, issuer: Did): Promise<Holding | undefined>
  /** Delivery by an issuer (DCP 1.0 §6.6). Throws Refused. */
  deliver(issuer: Bearer, message: CredentialMessage): Promise<void>
  /** Presentations that the caller may see of what it asks for (DCP 1.0 §5.4). Throws Refused. */
  present(verifier: Bearer, query: PresentationQueryMessage): Promise<readonly string[]>
}

/** What this slice gives to the others. The signing key is for the authority's own documents and credentials. */
export interface IdentityParts {
  readonly identity: Identity
  readonly wallet: Wallet
  readonly signingKey: () => Promise<SigningKey>
  /** A self-issued token that carries exactly what it is given. */
  readonly mint: (request: { audience: Did; accessToken?: string }) => Promise<string>
}

export interface IdentityDeps {
  readonly did: Did
  readonly store: IdentityStore
  readonly keys: Keys
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: Random
  readonly gzip: Gzip
  readonly log: Logger
  readonly hosts: HostPolicy
  readonly trust: TrustSource
  readonly peerProfiles: PeerProfiles
  /** What this node offers, as it stands now. */
  readonly services: () => Promise<readonly OfferedService[]>
  /** The status list that this node itself publishes at a URL. */
  readonly ownStatusList: (url: string) => Promise<string | undefined>
}

function didOf(peer: ParticipantId): Did {
  if (isDid(peer)) return peer
  return refuse(
    'unsupported',
    'the partner is not named by a DID, so nothing can be looked up about it',
    'Describe it in peers.json; docs/partners.md says how.',
  )
}

/** Puts the slice together. */
export function createIdentity(deps: IdentityDeps): IdentityParts {
  const { did, store, clock, random, http } = deps
  const nodeKeys = createNodeKeys(deps)
  const didDocument = async () =>
    buildDidDocument({ did, ...(await nodeKeys.public()), services: await deps.services() })
  const resolver = createDidResolver({ ...deps, own: didDocument })
  const service = async (peer: ParticipantId, type: ServiceType) =>
    serviceUrl(await resolver.resolve(didOf(peer)), type) ??
    refuse('unsupported', `the peer offers no ${type}`, 'Its DID document names the services that it offers.')
  const accessTokens = createAccessTokens(deps)
  const bearers = createBearerCheck({ ...deps, resolver })
  const tokens = createTokenMint({ did, clock, random, key: () => nodeKeys.identity() })
  const statusLists = createStatusLists({ ...deps, own: deps.ownStatusList, resolver })
  const checks = createCredentialChecks({ clock, trust: deps.trust, resolver, statusLists })
  const peers = createPeerCheck({ ...deps, service, tokens, checks })
  const identity: Identity = {
    did,
    didDocument,
    resolve: async (peer, options) => resolver.resolve(didOf(peer), options),
    service,
    authorizationFor: async (participant) => {
      const configured = deps.peerProfiles.of(participant)?.authorization
      if (configured !== undefined) return configured()
      const audience = didOf(participant)
      return `Bearer ${await tokens.mint({ audience, accessToken: await accessTokens.tokenFor(audience) })}`
    },
    profileOf: (peer) => deps.peerProfiles.of(peer),
    authenticate: async (authorization) => {
      const configured = authorization === undefined ? undefined : deps.peerProfiles.caller(authorization)
      if (configured !== undefined) return { id: configured, credentials: [] }
      return peers.check(await bearers.check(authorization))
    },
    identify: (authorization) => bearers.check(authorization),
    ...createStatements({ nodeKeys, resolver }),
  }
  const wallet = createWallet({
    did,
    store,
    clock,
    random,
    http,
    service,
    tokens,
    accessTokens,
    checks,
    key: () => nodeKeys.identity(),
    log: deps.log,
  })
  return { identity, wallet, signingKey: () => nodeKeys.identity(), mint: (request) => tokens.mint(request) }
}
