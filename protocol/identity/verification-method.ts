import type { JWK } from 'jose'
import { type DidDocument, type KeyRelationship, PublicJwk, type VerificationMethod } from '../../schemas/identity.ts'
import { type Checked, failed, passed } from './checked.ts'

/** A public key with the JWS algorithms it may be used with: the algorithm follows from the key, never from a header. */
export interface VerificationKey {
  readonly kid: string
  readonly jwk: JWK
  readonly algorithms: readonly string[]
}

export type KeyFault = 'key.document' | 'key.missing' | 'key.relationship' | 'key.unusable'

export interface KeyQuery {
  readonly did: string
  /** Absolute id of the verification method; undefined when the signature names none. */
  readonly kid: string | undefined
  readonly relationship: KeyRelationship
}

/**
 * The key of `document` that a signature by `did` for this relationship must have been made with (DCP 1.0 §4.3.3).
 * Without a `kid` the relationship must list exactly one method. Ids in the document may be absolute or `#fragment`.
 */
export function selectKey(document: DidDocument, query: KeyQuery): Checked<VerificationKey, KeyFault> {
  const { did, kid, relationship } = query
  if (document.id !== did) return failed('key.document', 'the document speaks of another DID')
  const absolute = (id: string) => (id.startsWith('#') ? did + id : id)
  const methods = new Map<string, VerificationMethod>()
  const listed: string[] = []
  const embedded = (document[relationship] ?? []).filter((entry) => typeof entry !== 'string')
  for (const method of [...(document.verificationMethod ?? []), ...embedded]) {
    const id = absolute(method.id)
    if (methods.has(id)) return failed('key.document', 'two verification methods have one id')
    methods.set(id, method)
  }
  for (const entry of document[relationship] ?? []) listed.push(absolute(typeof entry === 'string' ? entry : entry.id))
  if (kid === undefined && listed.length !== 1) return failed('key.missing', `no kid and ${listed.length} candidates`)
  const wanted = kid ?? listed[0] ?? ''
  const method = methods.get(wanted)
  if (method === undefined || !wanted.startsWith(`${did}#`)) return failed('key.missing', 'no such verification method')
  if (!listed.includes(wanted)) return failed('key.relationship', `not listed under ${relationship}`)
  if (method.controller !== did) return failed('key.unusable', 'controlled by another DID')
  return usableKey(wanted, method)
}

/** The method of exactly this id, whatever it is listed for; for our own statements, which name their key. */
export function findKey(
  document: DidDocument,
  query: { did: string; kid: string },
): Checked<VerificationKey, KeyFault> {
  const { did, kid } = query
  if (document.id !== did || !kid.startsWith(`${did}#`))
    return failed('key.document', 'the document speaks of another DID')
  const found = (document.verificationMethod ?? []).filter((method) => {
    const id = method.id.startsWith('#') ? did + method.id : method.id
    return id === kid && method.controller === did
  })
  const [method] = found
  if (method === undefined || found.length > 1) return failed('key.missing', 'no such verification method')
  return usableKey(kid, method)
}

/** One object per published key, so that the imported key is found again at the next signature. */
const usable = new WeakMap<VerificationMethod, Checked<VerificationKey, KeyFault>>()

function usableKey(kid: string, method: VerificationMethod): Checked<VerificationKey, KeyFault> {
  const known = usable.get(method)
  if (known !== undefined) return known
  const key = readKey(kid, method.publicKeyJwk)
  usable.set(method, key)
  return key
}

function readKey(kid: string, publicKeyJwk: unknown): Checked<VerificationKey, KeyFault> {
  const parsed = PublicJwk.safeParse(publicKeyJwk)
  if (!parsed.success) return failed('key.unusable', 'no public key in JWK form')
  const algorithms = algorithmsOf(parsed.data)
  if (algorithms.length === 0) return failed('key.unusable', 'a key type or size that is not accepted')
  const { kty, crv, x, y, n, e } = parsed.data
  const members = { kty, crv, x, y, n, e }
  const jwk: JWK = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  return passed({ kid, jwk, algorithms })
}

/** JWS algorithms that fit a key: ES256, ES384, EdDSA, RS256 and PS256 from 2048 bits. Empty: the key is refused. */
export function algorithmsOf(jwk: PublicJwk): readonly string[] {
  if (jwk.use !== undefined && jwk.use !== 'sig') return []
  const fitting = algorithmsOfType(jwk)
  return jwk.alg === undefined ? fitting : fitting.filter((algorithm) => algorithm === jwk.alg)
}

function algorithmsOfType(jwk: PublicJwk): readonly string[] {
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return ['ES256']
  if (jwk.kty === 'EC' && jwk.crv === 'P-384') return ['ES384']
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return ['EdDSA', 'Ed25519']
  /** 342 base64url characters hold 2048 bits. */
  if (jwk.kty === 'RSA' && (jwk.n?.length ?? 0) >= 342) return ['RS256', 'PS256']
  return []
}
