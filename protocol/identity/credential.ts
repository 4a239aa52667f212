import * as z from 'zod'
import type { Did } from '../../schemas/ids.ts'
import {
  type CredentialProfile,
  CredentialV1,
  CredentialV2,
  type DidDocument,
  type PresentationFault,
  type StatusEntry,
  VC_V1_CONTEXT,
  VC_V2_CONTEXT,
  type VerifiedCredential,
} from '../../schemas/identity.ts'
import { type Checked, failed, passed } from './checked.ts'
import { checkStatus } from './credential-status.ts'
import { type ReadJws, type SigningKey, didOfKid, readJws, signJws, verifyJws } from './jws.ts'
import type { StatusFault, StatusList } from './status-list.ts'
import { instantOf, millisOf } from '../instant.ts'
import { leewayMs, numericDate } from './time.ts'
import { selectKey } from './verification-method.ts'

/** A status list and until when (ms) its content may be relied on. */
export interface FetchedStatusList {
  readonly list: StatusList
  readonly freshUntil: number
}

/** What verification needs of the world. Everything is decided by values; fetching and caching are the caller's. */
export interface CredentialContext {
  /** DID that every subject must name. */
  readonly holder: Did
  /** Types asked for; credentials of other types are passed over. */
  readonly requested: readonly string[]
  readonly now: number
  /** Whether the trust list lets this issuer give credentials of all these types, issued at this time (ms). */
  readonly trusts: (issuer: Did, types: readonly string[], issuedAt: number) => boolean
  /** DID document in which the key should be; undefined when it cannot be had. */
  readonly documentOf: (did: Did, kid: string | undefined) => Promise<DidDocument | undefined>
  readonly statusList: (url: string, issuer: Did) => Promise<Checked<FetchedStatusList, StatusFault>>
  /** Checks by URL of the credential schemas that the space has pinned; a schema outside refuses the credential. */
  readonly schemas?: ReadonlyMap<string, (subject: Readonly<Record<string, unknown>>) => boolean>
}

export interface CheckedCredential {
  /** One entry per requested type and subject; empty when the credential has no requested type. */
  readonly credentials: readonly VerifiedCredential[]
  /** ms until which the answer holds without asking the status list again. */
  readonly freshUntil: number
}

const maxCredentialLength = 65_536
const endless = 253_402_300_799_000

const Claims = z.looseObject({
  iss: z.string().optional(),
  sub: z.string().optional(),
  jti: z.string().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
})
type Claims = z.infer<typeof Claims>

interface ReadCredential {
  readonly profile: CredentialProfile
  readonly issuer: Did
  readonly types: readonly string[]
  readonly context: unknown
  readonly id: string | undefined
  readonly subjects: readonly Readonly<Record<string, unknown>>[]
  readonly status: readonly unknown[]
  readonly schemas: readonly string[]
  readonly from: number
  readonly until: number | undefined
}

/** Signs a credential of profile vc11-sl2021/jwt. Times in ms, cut to whole seconds; `status` is the revocation entry. */
export function signCredential(options: {
  readonly key: SigningKey
  readonly issuer: Did
  readonly id: string
  readonly type: string
  readonly subject: Readonly<Record<string, unknown>> & { readonly id: Did }
  readonly status: StatusEntry
  readonly now: number
  readonly lifetimeMs: number
}): Promise<string> {
  const { key, issuer, id, type, subject, status, now, lifetimeMs } = options
  const [nbf, exp] = [numericDate(now), numericDate(now + lifetimeMs)]
  const vc = {
    '@context': [VC_V1_CONTEXT, 'https://w3id.org/vc/status-list/2021/v1'],
    id,
    type: ['VerifiableCredential', type],
    issuer,
    issuanceDate: instantOf(nbf * 1000),
    expirationDate: instantOf(exp * 1000),
    credentialSubject: subject,
    credentialStatus: status,
  }
  return signJws({ iss: issuer, sub: subject.id, jti: id, nbf, iat: nbf, exp, vc }, { key })
}

/** Checks V4 to V11 of one credential (docs/spec/identity.md); the first failure ends them. */
export async function verifyCredential(
  token: string,
  context: CredentialContext,
): Promise<Checked<CheckedCredential, PresentationFault>> {
  const jws = readJws(token, maxCredentialLength)
  if (!jws.ok) return failed('vc.malformed', jws.detail)
  const claims = Claims.safeParse(jws.value.payload)
  const credential = readCredential(jws.value.payload)
  if (!claims.success || credential === undefined) return failed('vc.malformed', 'not a credential')
  const types = context.requested.filter((type) => credential.types.includes(type))
  if (types.length === 0) return passed({ credentials: [], freshUntil: Infinity })
  const signed = await checkSignature(token, { jws: jws.value, credential, claims: claims.data, context })
  if (!signed.ok) return signed
  const described = checkDescription(credential, { claims: claims.data, types, context })
  if (!described.ok) return described
  const status = await checkStatus(credential.status, { issuer: credential.issuer, statusList: context.statusList })
  if (!status.ok) return status
  const schema = checkSchemas(credential, context)
  if (!schema.ok) return schema
  const until = described.value.until
  const credentials = types.flatMap((type) =>
    credential.subjects.map((subject) => ({
      type,
      issuer: credential.issuer,
      subject: { ...subject },
      validUntil: instantOf(until),
    })),
  )
  return passed({ credentials, freshUntil: Math.min(until, status.value) })
}

function readCredential(payload: Readonly<Record<string, unknown>>): ReadCredential | undefined {
  if ('vc' in payload) {
    const vc = CredentialV1.safeParse(payload['vc'])
    if (!vc.success) return undefined
    const { issuanceDate, expirationDate } = vc.data
    return {
      profile: 'vc11-sl2021/jwt',
      from: millisOf(issuanceDate),
      until: endOf(expirationDate),
      ...commonParts(vc.data),
    }
  }
  const vc = CredentialV2.safeParse(payload)
  if (!vc.success || 'vp' in payload) return undefined
  const { validFrom, validUntil } = vc.data
  return {
    profile: 'vc20-bssl/jwt',
    from: validFrom === undefined ? 0 : millisOf(validFrom),
    until: endOf(validUntil),
    ...commonParts(vc.data),
  }
}

function endOf(dateTime: string | undefined): number | undefined {
  return dateTime === undefined ? undefined : millisOf(dateTime)
}

function commonParts(vc: CredentialV1 | CredentialV2) {
  return {
    issuer: vc.issuer,
    types: vc.type,
    context: vc['@context'][0],
    id: vc.id,
    subjects: vc.credentialSubject,
    status: vc.credentialStatus ?? [],
    schemas: (vc.credentialSchema ?? []).map((schema) => schema.id),
  }
}

/** V4: made with an assertion key of the issuer that the credential names. */
async function checkSignature(
  token: string,
  {
    jws,
    credential,
    claims,
    context,
  }: { jws: ReadJws; credential: ReadCredential; claims: Claims; context: CredentialContext },
): Promise<Checked<undefined, PresentationFault>> {
  const { issuer } = credential
  if (jws.kid !== undefined && didOfKid(jws.kid) !== issuer) return failed('vc.issuer_key', 'signed by another DID')
  if (claims.iss !== undefined && claims.iss !== issuer) return failed('vc.issuer_key', 'iss is not the issuer')
  const document = await context.documentOf(issuer, jws.kid)
  if (document === undefined) return failed('vc.issuer_key', 'the issuer cannot be resolved')
  const key = selectKey(document, { did: issuer, kid: jws.kid, relationship: 'assertionMethod' })
  if (!key.ok) return failed('vc.issuer_key', key.detail)
  const verified = await verifyJws(token, key.value)
  return verified.ok ? verified : failed('vc.signature', verified.detail)
}

/** V5 to V9: claims agree, model, issuer trusted for the types, validity, subject. */
function checkDescription(
  credential: ReadCredential,
  { claims, types, context }: { claims: Claims; types: readonly string[]; context: CredentialContext },
): Checked<{ until: number }, PresentationFault> {
  const mismatch = claimMismatch(credential, claims)
  if (mismatch !== undefined) return failed('vc.claim_mismatch', mismatch)
  const model = credential.profile === 'vc11-sl2021/jwt' ? VC_V1_CONTEXT : VC_V2_CONTEXT
  if (credential.context !== model) return failed('vc.model', 'the first context is not the one of this data model')
  if (!credential.types.includes('VerifiableCredential')) return failed('vc.type', 'not of type VerifiableCredential')
  const from = Math.max(credential.from, (claims.nbf ?? 0) * 1000)
  const until = Math.min(credential.until ?? endless, claims.exp === undefined ? endless : claims.exp * 1000)
  if (!context.trusts(credential.issuer, types, from)) {
    return failed('vc.issuer_untrusted', 'the trust list does not name this issuer for these types')
  }
  if (!(from <= context.now + leewayMs)) return failed('vc.not_yet_valid', 'valid later')
  if (!(until > context.now - leewayMs)) return failed('vc.expired', 'no longer valid')
  const subjects = credential.subjects
  if (subjects.length === 0 || subjects.some((subject) => subject['id'] !== context.holder)) {
    return failed('vc.subject', 'speaks of somebody other than the holder')
  }
  return passed({ until })
}

function claimMismatch(credential: ReadCredential, claims: Claims): string | undefined {
  const differ = (seconds: number | undefined, ms: number | undefined) =>
    seconds !== undefined && ms !== undefined && !(Math.abs(seconds * 1000 - ms) <= leewayMs)
  if (claims.sub !== undefined && credential.subjects.some((subject) => subject['id'] !== claims.sub)) {
    return 'sub is not the subject'
  }
  if (differ(claims.nbf, credential.from === 0 ? undefined : credential.from)) return 'nbf is not the start of validity'
  if (differ(claims.exp, credential.until)) return 'exp is not the end of validity'
  const uris = [claims.jti, credential.id].every((id) => id !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(id))
  return uris && claims.jti !== credential.id ? 'jti is not the id' : undefined
}

/** V11: schemas are pinned by the space, never fetched. */
function checkSchemas(credential: ReadCredential, context: CredentialContext): Checked<undefined, PresentationFault> {
  for (const url of credential.schemas) {
    const check = context.schemas?.get(url)
    if (check === undefined) return failed('vc.schema', 'names a schema that the space has not pinned')
    if (!credential.subjects.every(check)) return failed('vc.schema', 'the subject does not follow its schema')
  }
  return passed(undefined)
}

/** Types and validity of a credential this node holds, nothing verified; undefined when it is none. */
export function describeCredential(token: string):
  | {
      readonly types: readonly string[]
      readonly issuer: Did
      readonly id: string | undefined
      readonly profile: CredentialProfile
      readonly from: number
      readonly until: number
    }
  | undefined {
  const jws = readJws(token, maxCredentialLength)
  const credential = jws.ok ? readCredential(jws.value.payload) : undefined
  if (credential === undefined) return undefined
  const { types, issuer, id, profile, from, until = endless } = credential
  return { types, issuer, id, profile, from, until }
}
