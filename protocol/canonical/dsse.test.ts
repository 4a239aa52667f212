import * as fc from 'fast-check'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { describe, expect, it } from 'vitest'
import { addSignature, type DsseVerifier, paeDigest, preAuthEncoding, signDsse, verifyDsse } from './dsse.ts'
import { verifyEd25519 } from './ed25519.ts'
import { sha256Hex, toBase64Url, utf8 } from './hash.ts'

const TYPE = 'http://example.com/HelloWorld'
const body = utf8('hello world')
const seeds = [1, 2].map((fill) => new Uint8Array(32).fill(fill))
const signerOf = (index: number) => ({
  keyid: `key-${index}`,
  sign: (message: Uint8Array) => ed25519.sign(message, seeds[index] ?? new Uint8Array(32)),
})
const verifierOf = (index: number): DsseVerifier => ({
  keyid: `key-${index}`,
  verify: (message, signature) =>
    verifyEd25519(ed25519.getPublicKey(seeds[index] ?? new Uint8Array(32)), message, signature),
})

describe('a DSSE envelope', () => {
  it('signs the encoding of the protocol text', () => {
    const expected = 'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    expect(new TextDecoder().decode(preAuthEncoding(TYPE, body))).toBe(expected)
    expect(new TextDecoder().decode(preAuthEncoding('型', utf8('é')))).toBe('DSSEv1 3 型 2 é')
  })

  it('carries the published ES256 signature', () => {
    const x = 46950820868899156662930047687818585632848591499744589407958293238635476079160n
    const y = 5640078356564379163099075877009565129882514886557779369047442380624545832820n
    const key = p256.Point.fromAffine({ x, y }).toBytes(false)
    const sig = Buffer.from(
      'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==',
      'base64',
    )
    expect(p256.verify(sig, preAuthEncoding(TYPE, body), key, { lowS: false })).toBe(true)
  })

  it('verifies under each signer, whatever the order of signing', async () => {
    const one = await signDsse(TYPE, body, [signerOf(0)])
    const both = await addSignature(one, signerOf(1))
    const verified = await verifyDsse(both, TYPE, [verifierOf(1), verifierOf(0)])
    expect(verified?.payload).toEqual(body)
    expect(verified?.keyids.toSorted()).toEqual(['key-0', 'key-1'])
    expect(await verifyDsse(one, TYPE, [verifierOf(1)])).toBeUndefined()
    expect((await verifyDsse(both, TYPE, [verifierOf(1)]))?.keyids).toEqual(['key-1'])
  })

  it('reads the URL-safe alphabet and signatures without a key id', async () => {
    const envelope = await signDsse(TYPE, utf8('ÿþ?>'), [signerOf(0)])
    const [signature] = envelope.signatures
    const urlSafe = {
      ...envelope,
      payload: toBase64Url(utf8('ÿþ?>')),
      signatures: [{ sig: (signature?.sig ?? '').replaceAll('+', '-').replaceAll('/', '_') }],
    }
    expect((await verifyDsse(urlSafe, TYPE, [verifierOf(1), verifierOf(0)]))?.keyids).toEqual(['key-0'])
  })

  it('is bad as a whole when a known key signed something else', async () => {
    const both = await signDsse(TYPE, body, [signerOf(0), signerOf(1)])
    const other = await signDsse(TYPE, utf8('other'), [signerOf(0), signerOf(1)])
    const mixed = { ...both, signatures: [...both.signatures.slice(0, 1), ...other.signatures.slice(1)] }
    expect(await verifyDsse(mixed, TYPE, [verifierOf(0), verifierOf(1)])).toBeUndefined()
    expect(await verifyDsse(both, 'other/type', [verifierOf(0)])).toBeUndefined()
  })

  it('does not verify with any byte of payload or signature changed', async () => {
    const envelope = await signDsse(TYPE, body, [signerOf(0)])
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (pick, change) => {
        const payload = body.map((byte, at) => (at === pick % body.length ? byte ^ change : byte))
        const changed = { ...envelope, payload: Buffer.from(payload).toString('base64') }
        expect(await verifyDsse(changed, TYPE, [verifierOf(0)])).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })

  it('is identified by the digest of what is signed, not by its signatures', async () => {
    const one = await signDsse(TYPE, body, [signerOf(0)])
    const two = await signDsse(TYPE, body, [signerOf(1)])
    expect(paeDigest(one)).toBe(paeDigest(two))
    expect(paeDigest(one)).toBe(sha256Hex(preAuthEncoding(TYPE, body)))
  })
})
