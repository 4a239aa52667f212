import { type KeyObject, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import type { JWK } from 'jose'
import type { DidDocument } from '../schemas/identity.ts'
import { DidDocument as Document } from '../schemas/identity.ts'
import { Did } from '../schemas/ids.ts'
import type { SigningKey } from '../protocol/identity/jws.ts'

export interface Party {
  readonly did: Did
  readonly key: SigningKey
  readonly jwk: JWK
  readonly document: DidDocument
}

/** A DID with a real key that its document lists for everything. */
export function createParty(id: string, options: { privateKey?: KeyObject; fragment?: string } = {}): Party {
  const did = Did.parse(id)
  const privateKey = options.privateKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const kid = `${did}#${options.fragment ?? 'key-1'}`
  const { d: _private, ...jwk } = privateKey.export({ format: 'jwk' })
  const elliptic = privateKey.asymmetricKeyType === 'ec'
  const key: SigningKey = {
    kid,
    alg: elliptic ? 'ES256' : 'EdDSA',
    sign: async (message) =>
      new Uint8Array(
        elliptic
          ? sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
          : sign(null, message, privateKey),
      ),
  }
  const document = Document.parse({
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [{ id: kid, type: 'JsonWebKey2020', controller: did, publicKeyJwk: jwk }],
    authentication: [kid],
    assertionMethod: [kid],
    capabilityInvocation: [kid],
  })
  return { did, key, jwk, document }
}

/** The Ed25519 key of RFC 8037 appendix A.1. */
export function rfc8037Key(): KeyObject {
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}
