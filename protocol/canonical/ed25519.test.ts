import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { sharedPath } from '../../test/shared-material.ts'
import { isStrictEd25519Key, verifyEd25519 } from './ed25519.ts'
import { fromHex, toBase64Url, utf8 } from './hash.ts'

const vectors = sharedPath('vectors/ed25519/ed25519vectors.json')
const Vector = z.object({
  number: z.number(),
  key: z.string(),
  sig: z.string(),
  msg: z.string(),
  flags: z.array(z.string()).nullable(),
})

/** Flags of the adversarial set that the strict rule must never accept. */
const REFUSED = new Set([
  'low_order_A',
  'low_order_R',
  'non_canonical_A',
  'non_canonical_R',
  'low_order_residue',
  'reencoded_k',
])

describe('strict Ed25519', () => {
  it.skipIf(vectors === undefined)('accepts of the adversarial vectors only what OpenSSL accepts too', () => {
    const cases = z.array(Vector).parse(JSON.parse(readFileSync(vectors ?? '', 'utf8')))
    expect(cases.length).toBe(914)
    for (const { number, key, sig, msg, flags } of cases) {
      const accepted = verifyEd25519(fromHex(key), utf8(msg), fromHex(sig))
      if (flags?.some((flag) => REFUSED.has(flag))) expect(accepted, `vector ${number}`).toBe(false)
      if (accepted) expect(opensslAccepts(key, msg, sig), `vector ${number}`).toBe(true)
    }
  })

  it('accepts what honest signers make, and nothing changed', () => {
    for (let round = 0; round < 8; round += 1) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const key = Uint8Array.from(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'))
      const message = utf8(`message ${round}`)
      const signature = Uint8Array.from(sign(null, message, privateKey))
      expect(isStrictEd25519Key(key)).toBe(true)
      expect(verifyEd25519(key, message, signature)).toBe(true)
      expect(verifyEd25519(key, utf8('other'), signature)).toBe(false)
      for (const at of [0, 31, 32, 63]) {
        const changed = signature.map((byte, index) => (index === at ? byte ^ 1 : byte))
        expect(verifyEd25519(key, message, changed)).toBe(false)
      }
    }
  })

  it('refuses keys and signatures of the wrong length', () => {
    expect(verifyEd25519(new Uint8Array(31), utf8(''), new Uint8Array(64))).toBe(false)
    expect(verifyEd25519(new Uint8Array(32), utf8(''), new Uint8Array(63))).toBe(false)
    expect(isStrictEd25519Key(new Uint8Array(32))).toBe(false)
  })
})

function opensslAccepts(key: string, message: string, signature: string): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(fromHex(key)) }
  return verify(null, utf8(message), createPublicKey({ key: jwk, format: 'jwk' }), fromHex(signature))
}
