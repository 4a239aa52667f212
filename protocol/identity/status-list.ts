import * as z from 'zod'
import { Did } from '../../schemas/ids.ts'
import { type DidDocument, type StatusEntry, VC_V1_CONTEXT } from '../../schemas/identity.ts'
import { fromBase64, fromBase64Url, toBase64Url } from '../canonical/hash.ts'
import { type Checked, failed, passed } from './checked.ts'
import { type SigningKey, didOfKid, readJws, signJws, verifyJws } from './jws.ts'
import { instantOf, millisOf } from '../instant.ts'
import { leewayMs, numericDate } from './time.ts'
import { selectKey } from './verification-method.ts'

/** A verified list. Bit `i` is the most significant bit of byte `i >> 3` shifted by `i & 7` (Bitstring Status List §3.2). */
export interface StatusList {
  readonly purpose: string
  readonly bits: Uint8Array
  /** ms since 1970 after which the list says nothing. */
  readonly validUntil: number
}

/** Inflates gzip; throws when the result would be longer than `maxLength` bytes. */
export type Gunzip = (compressed: Uint8Array, maxLength: number) => Uint8Array

export type StatusFault = 'vc.status_unsupported' | 'vc.status_unavailable' | 'vc.status_invalid'

/** Entries of the lists this program publishes: large enough that an index tells nothing (Bitstring Status List §6.1). */
export const statusListLength = 131_072
const minLength = 16_384
const maxInflated = 1 << 20
const maxCompressed = 262_144
const maxTokenLength = 524_288

const Issuer = z.union([Did, z.looseObject({ id: Did }).transform((issuer) => issuer.id)])
const ListSubject = z.looseObject({
  type: z.enum(['StatusList2021', 'BitstringStatusList']),
  statusPurpose: z.union([
    z.string(),
    z
      .array(z.string())
      .length(1)
      .transform(([purpose]) => purpose ?? ''),
  ]),
  encodedList: z.string().min(1),
})
const ListCredential = z.looseObject({
  id: z.string(),
  type: z.array(z.string()),
  issuer: Issuer,
  credentialSubject: z.union([ListSubject, z.array(ListSubject).length(1)]),
  issuanceDate: z.iso.datetime({ offset: true }).optional(),
  validFrom: z.iso.datetime({ offset: true }).optional(),
  expirationDate: z.iso.datetime({ offset: true }).optional(),
  validUntil: z.iso.datetime({ offset: true }).optional(),
})
type ListCredential = z.infer<typeof ListCredential>
const JwtClaims = z.looseObject({
  iss: Did.optional(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
  vc: z.unknown().optional(),
})

export interface StatusListQuery {
  /** Where the list was fetched from: `statusListCredential` of the entry. */
  readonly url: string
  /** Issuer of the credential that names the list; the list must be its own. */
  readonly issuer: Did
  readonly document: DidDocument
  readonly now: number
  readonly gunzip: Gunzip
}

/**
 * Reads a status list credential: StatusList2021 (a JWT with a `vc` claim) or Bitstring Status List (a JOSE credential).
 * Signed by the issuer's assertion key, `id` equal to its URL, within its validity, at least 16,384 entries, at most 1 MiB.
 */
export async function verifyStatusList(
  token: string,
  query: StatusListQuery,
): Promise<Checked<StatusList, StatusFault>> {
  const read = readJws(token, maxTokenLength)
  if (!read.ok) return failed('vc.status_invalid', 'the list is not signed')
  const claims = JwtClaims.safeParse(read.value.payload)
  const credential = ListCredential.safeParse(claims.data?.vc ?? read.value.payload)
  if (!claims.success || !credential.success) return failed('vc.status_invalid', 'not a status list credential')
  const foreign = foreignList(credential.data, { issuer: query.issuer, url: query.url, iss: claims.data.iss })
  if (foreign !== undefined) return failed('vc.status_invalid', foreign)
  const { kid } = read.value
  if (kid !== undefined && didOfKid(kid) !== query.issuer) return failed('vc.status_invalid', 'signed by another DID')
  const key = selectKey(query.document, { did: query.issuer, kid, relationship: 'assertionMethod' })
  if (!key.ok) return failed('vc.status_invalid', key.detail)
  if (!(await verifyJws(token, key.value)).ok) return failed('vc.status_invalid', 'the list signature does not verify')
  const validity = validityOf(credential.data, claims.data)
  if (!(validity.from <= query.now + leewayMs && validity.until > query.now - leewayMs)) {
    return failed('vc.status_invalid', 'the list is outside its validity')
  }
  return inflate([credential.data.credentialSubject].flat()[0], { gunzip: query.gunzip, validUntil: validity.until })
}

function foreignList(
  credential: ListCredential,
  { issuer, url, iss }: { issuer: Did; url: string; iss: Did | undefined },
): string | undefined {
  const lists = new Set(['StatusList2021Credential', 'BitstringStatusListCredential'])
  if (!credential.type.some((type) => lists.has(type))) return 'not a status list credential'
  if (credential.id !== url) return 'the list has another address'
  if (credential.issuer !== issuer || (iss !== undefined && iss !== issuer)) return 'the list is of another issuer'
  return undefined
}

/** Both bounds in ms; missing ends are open, NaN never compares true and so refuses. */
function validityOf(credential: ListCredential, claims: z.infer<typeof JwtClaims>): { from: number; until: number } {
  const starts = [credential.issuanceDate, credential.validFrom].flatMap((at) =>
    at === undefined ? [] : [millisOf(at)],
  )
  const ends = [credential.expirationDate, credential.validUntil].flatMap((at) =>
    at === undefined ? [] : [millisOf(at)],
  )
  if (claims.nbf !== undefined) starts.push(claims.nbf * 1000)
  if (claims.exp !== undefined) ends.push(claims.exp * 1000)
  return { from: Math.max(0, ...starts), until: Math.min(Number.MAX_SAFE_INTEGER, ...ends) }
}

function inflate(
  subject: z.infer<typeof ListSubject> | undefined,
  { gunzip, validUntil }: { gunzip: Gunzip; validUntil: number },
): Checked<StatusList, StatusFault> {
  if (subject === undefined) return failed('vc.status_invalid', 'the list has no subject')
  const compressed = decodeList(subject.encodedList)
  if (compressed === undefined || compressed.length > maxCompressed) {
    return failed('vc.status_invalid', 'the list is not encoded as it must be')
  }
  try {
    const bits = gunzip(compressed, maxInflated)
    if (bits.length * 8 < minLength) return failed('vc.status_invalid', 'the list is too short')
    return passed({ purpose: subject.statusPurpose, bits, validUntil })
  } catch {
    return failed('vc.status_invalid', 'the list does not inflate')
  }
}

/** Multibase base64url, or the older base64 and base64url without prefix. A gzip stream in base64 starts with `H4sI`. */
function decodeList(encoded: string): Uint8Array | undefined {
  const text = encoded.startsWith('uH4sI') ? encoded.slice(1) : encoded
  return fromBase64Url(text.replace(/=+$/, '')) ?? fromBase64(text)
}

/** Whether the entry's bit is set: 0 or 1; undefined where the index lies outside the list. */
export function statusBit(list: StatusList, index: string): 0 | 1 | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(index)) return undefined
  const at = Number(index)
  const byte = list.bits[Math.floor(at / 8)]
  return byte === undefined ? undefined : ((byte >> (7 - (at % 8))) & 1) === 1 ? 1 : 0
}

/** A bit string of 131,072 entries with the given ones set. */
export function statusBits(setIndexes: readonly number[]): Uint8Array {
  const bits = new Uint8Array(statusListLength / 8)
  for (const index of setIndexes) {
    if (!Number.isInteger(index) || index < 0 || index >= statusListLength) throw new Error('status index out of range')
    const at = Math.floor(index / 8)
    bits[at] = (bits[at] ?? 0) | (128 >> (index % 8))
  }
  return bits
}

/** The entry that a credential carries (StatusList2021 §3.1). */
export function statusEntry(listUrl: string, index: number): StatusEntry {
  return {
    id: `${listUrl}#${index}`,
    type: 'StatusList2021Entry',
    statusPurpose: 'revocation',
    statusListIndex: String(index),
    statusListCredential: listUrl,
  }
}

/** Signs a StatusList2021 credential as VC 1.1 JWT. `compressed` is the gzip form of the bit string; times in ms. */
export function signStatusList(options: {
  readonly key: SigningKey
  readonly issuer: Did
  readonly url: string
  readonly compressed: Uint8Array
  readonly now: number
  readonly lifetimeMs: number
}): Promise<string> {
  const { key, issuer, url, compressed, now, lifetimeMs } = options
  const [nbf, exp] = [numericDate(now), numericDate(now + lifetimeMs)]
  const vc = {
    '@context': [VC_V1_CONTEXT, 'https://w3id.org/vc/status-list/2021/v1'],
    id: url,
    type: ['VerifiableCredential', 'StatusList2021Credential'],
    issuer,
    issuanceDate: instantOf(nbf * 1000),
    expirationDate: instantOf(exp * 1000),
    credentialSubject: {
      id: `${url}#list`,
      type: 'StatusList2021',
      statusPurpose: 'revocation',
      encodedList: toBase64Url(compressed),
    },
  }
  return signJws({ iss: issuer, sub: url, jti: url, nbf, iat: nbf, exp, vc }, { key })
}
