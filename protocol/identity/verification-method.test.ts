import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createParty } from '../../test/identity-party.ts'
import { DidDocument, PublicJwk } from '../../schemas/identity.ts'
import { algorithmsOf, selectKey } from './verification-method.ts'

const party = createParty('did:web:a.example')
const did = party.did
const jwk = party.jwk

const document = (changes: Record<string, unknown>) => DidDocument.parse({ ...party.document, ...changes })
const pick = (changes: Record<string, unknown>, kid: string | undefined = `${did}#key-1`) => {
  const key = selectKey(document(changes), { did, kid, relationship: 'authentication' })
  return key.ok ? key.value.kid : key.code
}
const method = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  type: 'JsonWebKey2020',
  controller: did,
  publicKeyJwk: jwk,
  ...more,
})

describe('verification methods', () => {
  it('are found by absolute and by relative id, listed or embedded', () => {
    expect(pick({})).toBe(`${did}#key-1`)
    expect(pick({ verificationMethod: [method('#key-1')], authentication: ['#key-1'] })).toBe(`${did}#key-1`)
    expect(pick({ verificationMethod: [], authentication: [method('#key-1')] })).toBe(`${did}#key-1`)
    expect(pick({}, undefined)).toBe(`${did}#key-1`)
  })

  it.each<[string, Record<string, unknown>, string | undefined, string]>([
    ['the id is another', {}, `${did}#key-2`, 'key.missing'],
    ['the id is of another DID', {}, 'did:web:b.example#key-1', 'key.missing'],
    ['it is not listed', { authentication: [] }, `${did}#key-1`, 'key.relationship'],
    [
      'no kid is given and two are listed',
      { authentication: [`${did}#key-1`, `${did}#key-2`] },
      undefined,
      'key.missing',
    ],
    [
      'another DID controls it',
      { verificationMethod: [method('#key-1', { controller: 'did:web:b.example' })] },
      `${did}#key-1`,
      'key.unusable',
    ],
    [
      'it has no JWK',
      { verificationMethod: [method('#key-1', { publicKeyJwk: undefined })] },
      `${did}#key-1`,
      'key.unusable',
    ],
    [
      'it shows a private key',
      { verificationMethod: [method('#key-1', { publicKeyJwk: { ...jwk, d: 'x' } })] },
      `${did}#key-1`,
      'key.unusable',
    ],
    [
      'it is for encryption',
      { verificationMethod: [method('#key-1', { publicKeyJwk: { ...jwk, use: 'enc' } })] },
      `${did}#key-1`,
      'key.unusable',
    ],
    [
      'two have one id',
      { verificationMethod: [method('#key-1'), method(`${did}#key-1`)] },
      `${did}#key-1`,
      'key.document',
    ],
    ['the document is of another DID', { id: 'did:web:b.example' }, `${did}#key-1`, 'key.document'],
  ])('are not found when %s', (...[, changes, kid, code]) => {
    const key = selectKey(document(changes), { did, kid, relationship: 'authentication' })
    expect(key).toMatchObject({ ok: false, code })
  })

  it('fix the algorithm by their key', () => {
    const publicJwk = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) =>
      algorithmsOf(
        PublicJwk.parse(typeof key === 'string' || Buffer.isBuffer(key) ? {} : key.export({ format: 'jwk' })),
      )
    expect(publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)).toEqual(['ES256'])
    expect(publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)).toEqual(['ES384'])
    expect(publicJwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)).toEqual([])
    expect(publicJwk(generateKeyPairSync('ed25519').publicKey)).toContain('EdDSA')
    expect(publicJwk(generateKeyPairSync('x25519').publicKey)).toEqual([])
    expect(publicJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)).toEqual(['RS256', 'PS256'])
    expect(publicJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)).toEqual([])
    expect(algorithmsOf(PublicJwk.parse({ ...jwk, alg: 'ES256' }))).toEqual(['ES256'])
    expect(algorithmsOf(PublicJwk.parse({ ...jwk, alg: 'HS256' }))).toEqual([])
  })
})
