import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from './hash.ts'

describe('base64', () => {
  it('comes back as it was written, in both alphabets, and as others write it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
        expect(fromBase64(toBase64(bytes))).toEqual(bytes)
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes)
      }),
    )
  })

  it('has one form: leftover bits, missing or inner padding, spaces and other letters are refused', () => {
    for (const text of ['QQ', 'QR==', 'QUJ=', 'QUK=', 'QQ==QQ==', 'QQ= =', ' QQ==', 'QQ==\n', 'Q-==', '====', '=']) {
      expect(fromBase64(text), text).toBeUndefined()
    }
    expect(fromBase64('QUI=')).toEqual(new Uint8Array([65, 66]))
    expect(fromBase64('')).toEqual(new Uint8Array())
    expect(fromBase64Url('QR')).toBeUndefined()
  })

  it('is refused exactly when writing what was read gives another text', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'ABQRZaz059+/='.split('')), maxLength: 12 })
    fc.assert(
      fc.property(letters, (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text
        expect(fromBase64(text) !== undefined).toBe(canonical)
      }),
      { numRuns: 2000 },
    )
  })
})
