import { DCP_CONTEXT, VC_V1_CONTEXT } from '../schemas/identity.ts'
import { failed, passed } from '../protocol/identity/checked.ts'
import { type SigningKey, signJws } from '../protocol/identity/jws.ts'
import { type PresentationContext, signPresentation, verifyPresentations } from '../protocol/identity/presentation.ts'
import { statusBits, statusEntry } from '../protocol/identity/status-list.ts'
import { createParty } from './identity-party.ts'

export const now = Date.parse('2026-11-22T10:00:00.000Z')
export const seconds = now / 1000
export const type = 'MembershipCredential'
export const listUrl = 'https://authority.example/status/1'
export const authority = createParty('did:web:authority.example')
export const holder = createParty('did:web:holder.example')
export const verifier = createParty('did:web:verifier.example')
export const stranger = createParty('did:web:stranger.example')
export const parties = new Map([authority, holder, verifier, stranger].map((party) => [party.did, party]))

/** What changes from case to case. */
export const world = { revoked: [] as number[], used: new Set<string>() }

export function resetWorld(): void {
  world.revoked = []
  world.used.clear()
}

export const context = (changes: Partial<PresentationContext> = {}): PresentationContext => ({
  verifier: verifier.did,
  holder: holder.did,
  requested: [type],
  now,
  trusts: (issuer, types) => issuer === authority.did && types.every((each) => each === type),
  documentOf: async (did) => parties.get(did)?.document,
  statusList: async (url) =>
    url === listUrl
      ? passed({
          list: { purpose: 'revocation', bits: statusBits(world.revoked), validUntil: now + 9e5 },
          freshUntil: now + 6e4,
        })
      : failed('vc.status_unavailable', 'no such list'),
  firstUse: async (jti) => !world.used.has(jti) && world.used.add(jti) !== undefined,
  ...changes,
})

export interface CredentialChanges {
  readonly vc?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly key?: SigningKey
}

/** A VC 1.1 JWT that is good but for the changes. */
export function credential({ vc = {}, claims = {}, key = authority.key }: CredentialChanges = {}): Promise<string> {
  const body = {
    '@context': [VC_V1_CONTEXT],
    id: 'urn:uuid:1',
    type: ['VerifiableCredential', type],
    issuer: authority.did,
    issuanceDate: new Date(now - 60_000).toISOString(),
    expirationDate: new Date(now + 60_000).toISOString(),
    credentialSubject: { id: holder.did, memberName: 'Holder' },
    credentialStatus: statusEntry(listUrl, 5),
    ...vc,
  }
  const outer = { iss: authority.did, sub: holder.did, jti: 'urn:uuid:1', nbf: seconds - 60, exp: seconds + 60 }
  return signJws({ ...outer, ...claims, vc: body }, { key })
}

export function presented(...credentials: string[]): Promise<string> {
  return signPresentation({
    key: holder.key,
    holder: holder.did,
    verifier: verifier.did,
    credentials,
    jti: 'urn:uuid:p',
    now,
  })
}

export const response = (...presentation: unknown[]) => ({
  '@context': [DCP_CONTEXT],
  type: 'PresentationResponseMessage',
  presentation,
})

export async function verdict(message: unknown, changes: Partial<PresentationContext> = {}): Promise<string> {
  const verified = await verifyPresentations(message, context(changes))
  return verified.ok ? 'ok' : verified.code
}

/** Verdict on a presentation by the holder of one credential that is good but for the changes. */
export const verdictOn = async (changes: CredentialChanges, changed: Partial<PresentationContext> = {}) =>
  verdict(response(await presented(await credential(changes))), changed)
