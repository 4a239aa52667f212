import { createHash, createHmac, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalRow, rowCommitment, rowSalt, secretCommitment, type RowHashing } from './seed-commitment.ts'

const hashing: RowHashing = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  hmac: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('commitment to seed rows', () => {
  it('opens with the secret, the place and the row, and with nothing else', () => {
    const secret = new Uint8Array(32).fill(7)
    const row = ['39', 'Private', null]
    const commitment = hex(rowCommitment(row, { secret, index: 3 }, hashing))
    expect(hex(rowCommitment(row, { secret, index: 3 }, hashing))).toBe(commitment)
    expect(hex(rowCommitment(row, { secret, index: 4 }, hashing))).not.toBe(commitment)
    expect(hex(rowCommitment(row, { secret: new Uint8Array(32), index: 3 }, hashing))).not.toBe(commitment)
    expect(hex(rowCommitment(['39', 'Private', ''], { secret, index: 3 }, hashing))).not.toBe(commitment)
  })

  it('gives equal rows different commitments', () => {
    const secret = new Uint8Array(randomBytes(32))
    const seen = new Set(
      Array.from({ length: 200 }, (_, index) => hex(rowCommitment(['x'], { secret, index }, hashing))),
    )
    expect(seen.size).toBe(200)
  })

  it('keeps cells apart however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.string(), { minLength: 1 }), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b))
        expect(hex(canonicalRow(a))).not.toBe(hex(canonicalRow(b)))
      }),
    )
  })

  it('is written byte for byte as the specification says', () => {
    const secret = new Uint8Array(32)
    const salt = createHmac('sha256', secret).update(Buffer.from('0000000000000001', 'hex')).digest()
    expect(hex(rowSalt(secret, 1, hashing))).toBe(salt.toString('hex'))
    const expected = createHash('sha256')
      .update('urn:tanemaki:seed-row:v1\0')
      .update(salt)
      .update('["a",null]')
      .digest('hex')
    expect(hex(rowCommitment(['a', null], { secret, index: 1 }, hashing))).toBe(expected)
    expect(hex(secretCommitment('split', secret, hashing))).toBe(
      createHash('sha256').update('urn:tanemaki:seed-secret:v1\0split\0').update(secret).digest('hex'),
    )
  })
})
