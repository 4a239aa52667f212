import { describe, expect, it } from 'vitest'
import { createParty, rfc8037Key } from '../../test/identity-party.ts'
import { DidDocument } from '../../schemas/identity.ts'
import { Did } from '../../schemas/ids.ts'
import { toBase64Url, utf8 } from '../canonical/hash.ts'
import { type SigningKey, signJws } from './jws.ts'
import { mintSelfIssuedToken, replayHorizon, verifySelfIssuedToken } from './self-issued-token.ts'

const now = 1_767_225_600_000
const holder = createParty('did:web:a.example')
const audience = Did.parse('did:web:b.example')

const claims = (changes: Record<string, unknown> = {}) => ({
  iss: holder.did,
  sub: holder.did,
  aud: audience,
  jti: 'urn:uuid:1',
  iat: now / 1000,
  exp: now / 1000 + 60,
  ...changes,
})

async function verdict(token: string, options: { at?: number; document?: DidDocument } = {}) {
  const { at = now, document = holder.document } = options
  const verified = await verifySelfIssuedToken(token, { audience, now: at, document })
  return verified.ok ? 'ok' : verified.code
}

const signed = (payload: Record<string, unknown>, key: SigningKey = holder.key) => signJws(payload, { key })

/** A token with this header, whose signature is good for exactly these bytes. */
async function withHeader(header: Record<string, unknown>, key: SigningKey = holder.key): Promise<string> {
  const input = `${toBase64Url(utf8(JSON.stringify(header)))}.${toBase64Url(utf8(JSON.stringify(claims())))}`
  return `${input}.${toBase64Url(await key.sign(utf8(input)))}`
}

describe('self-issued tokens', () => {
  it('are the bytes of the published vector for its key and claims', async () => {
    const party = createParty('did:web:localhost%3A7601', { privateKey: rfc8037Key() })
    const token = await mintSelfIssuedToken({
      key: party.key,
      did: party.did,
      audience: Did.parse('did:web:localhost%3A7602'),
      jti: 'urn:uuid:00000000-0000-4000-8000-000000000001',
      now: 1_767_225_600_000,
      accessToken: 't0',
    })
    expect(token).toHaveLength(444)
    expect(token.split('.')[2]).toBe(
      'J5pCX7JtNUpjhKYM4MHojYojiLYKRp1Q-eL8CwP0hXdq7efDbJLCItbzDZM_1RZiNo44awqWHhqKTOdULR2qCQ',
    )
    const verified = await verifySelfIssuedToken(token, {
      audience: Did.parse('did:web:localhost%3A7602'),
      now: 1_767_225_601_000,
      document: party.document,
    })
    expect(verified.ok && verified.value.token).toBe('t0')
  })

  it('are accepted from whoever their key belongs to', async () => {
    expect(await verdict(await signed(claims()))).toBe('ok')
  })

  it.each([
    ['an expiry 4 s ago', { exp: now / 1000 - 4 }, 'ok'],
    ['an expiry 61 s ago', { iat: now / 1000 - 121, exp: now / 1000 - 61 }, 'token.time'],
    ['a start 4 s ahead', { nbf: now / 1000 + 4 }, 'ok'],
    ['a start 61 s ahead', { nbf: now / 1000 + 61 }, 'token.time'],
    ['an issue time 4 s ahead', { iat: now / 1000 + 4 }, 'ok'],
    ['an issue time 61 s ahead', { iat: now / 1000 + 61, exp: now / 1000 + 121 }, 'token.time'],
    ['an age of more than ten minutes', { iat: now / 1000 - 601, exp: now / 1000 + 60 }, 'token.time'],
    ['an audience list of one', { aud: [audience] }, 'ok'],
    ['an audience list of two', { aud: [audience, 'did:web:c.example'] }, 'token.audience'],
    ['another audience', { aud: 'did:web:c.example' }, 'token.audience'],
    ['a subject that is not the issuer', { sub: 'did:web:c.example' }, 'token.issuer'],
    ['no jti', { jti: undefined }, 'token.malformed'],
    ['an empty jti', { jti: '' }, 'token.malformed'],
    ['no exp', { exp: undefined }, 'token.malformed'],
    ['no iat', { iat: undefined }, 'token.malformed'],
    ['an exp in words', { exp: 'tomorrow' }, 'token.malformed'],
    ['a presentation inside', { vp: {} }, 'token.malformed'],
    ['a credential inside', { vc: {} }, 'token.malformed'],
  ])('with %s are judged %j as %s', async (_, changes, expected) => {
    expect(await verdict(await signed(claims(changes)))).toBe(expected)
  })

  it('are refused when signed by a key of another DID, also one that a pattern would match', async () => {
    const stranger = createParty('did:web:aXexample')
    const dotted = createParty('did:web:a.example')
    expect(await verdict(await signed(claims(), stranger.key))).toBe('token.issuer')
    expect(await verdict(await signed(claims(), dotted.key))).toBe('token.signature')
  })

  it('are refused when the key is not listed for invoking', async () => {
    const document = { ...holder.document, capabilityInvocation: [] }
    expect(await verdict(await signed(claims()), { document })).toBe('token.key')
  })

  it('without a kid need exactly one key to choose from', async () => {
    const token = await withHeader({ alg: 'ES256', typ: 'JWT' })
    expect(await verdict(token)).toBe('ok')
    const other = createParty(holder.did, { fragment: 'key-2' })
    const two = DidDocument.parse({
      ...holder.document,
      verificationMethod: [...(holder.document.verificationMethod ?? []), ...(other.document.verificationMethod ?? [])],
      capabilityInvocation: [`${holder.did}#key-1`, `${holder.did}#key-2`],
    })
    expect(await verdict(token, { document: two })).toBe('token.key')
  })

  it('are refused when the document speaks of another DID', async () => {
    const document = { ...holder.document, id: audience }
    expect(await verdict(await signed(claims()), { document })).toBe('token.key')
  })

  it.each([
    ['alg none', { alg: 'none', kid: holder.key.kid }],
    ['HS256', { alg: 'HS256', kid: holder.key.kid }],
    ['a key in the header', { alg: 'ES256', kid: holder.key.kid, jwk: holder.jwk }],
    ['a key address', { alg: 'ES256', kid: holder.key.kid, jku: 'https://evil.example/keys' }],
    ['a certificate address', { alg: 'ES256', kid: holder.key.kid, x5u: 'https://evil.example/cert' }],
    ['a critical extension', { alg: 'ES256', kid: holder.key.kid, crit: ['x'], x: 1 }],
  ])('are refused with %s in the header', async (_, header) => {
    expect(await verdict(await withHeader(header))).toBe('token.malformed')
  })

  it.each([['RS256'], ['EdDSA'], ['ES384'], ['ES256K']])('are refused as %s under a P-256 key', async (alg) => {
    expect(await verdict(await withHeader({ alg, kid: holder.key.kid }))).toBe('token.signature')
  })

  it('are refused when cut, lengthened, repeated inside or too long', async () => {
    const token = await signed(claims())
    const [head, body, signature] = token.split('.')
    expect(await verdict(`${head}.${body}`)).toBe('token.malformed')
    expect(await verdict(`${token}.x`)).toBe('token.malformed')
    expect(await verdict(`${head}.${body}.`)).toBe('token.malformed')
    expect(await verdict(`${head}.${body}.${signature?.slice(0, -2)}`)).toBe('token.signature')
    const twice = toBase64Url(utf8(JSON.stringify(claims()).replace('{', `{"aud":"${audience}",`)))
    expect(await verdict(`${head}.${twice}.${signature}`)).toBe('token.malformed')
    expect(await verdict(await signed(claims({ token: 'x'.repeat(8_000), more: 'y'.repeat(9_000) })))).toBe(
      'token.malformed',
    )
  })

  it('are remembered until they would be refused for their age', () => {
    const far = { ...claims({ exp: now / 1000 + 1e9 }), aud: [audience] }
    expect(replayHorizon(far)).toBe(now + 600_000 + 5_000)
  })
})
