import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowHashing } from './row-hashing.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('hashing of rows', () => {
  it('computes HMAC-SHA-256 as OpenSSL does, for keys and messages of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        const expected = createHmac('sha256', key).update(message).digest('hex')
        expect(hex(rowHashing.hmac(key, message))).toBe(expected)
        expect(hex(rowHashing.hmac(key, message))).toBe(expected)
      }),
    )
  })
})
