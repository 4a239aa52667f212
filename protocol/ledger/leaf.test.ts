import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signDsse } from '../canonical/dsse.ts'
import { toHex, utf8 } from '../canonical/hash.ts'
import {
  budgetLeaf,
  keyAddLeaf,
  manifestLeaf,
  parseLeaf,
  receiptEntry,
  receiptLeaf,
  seedCommitmentLeaf,
  withdrawalLeaf,
} from './leaf.ts'

const at = '2026-11-22T10:00:00.000Z'
const keyId = 'did:web:bureau.example#statement'
const hex = 'ab'.repeat(32)

describe('a log entry', () => {
  it('of every public kind is read back as written', async () => {
    const envelope = await signDsse('t', utf8('{}'), [{ keyid: keyId, sign: () => new Uint8Array(64) }])
    const manifest = manifestLeaf({ envelope, keyId, at })
    const leaves = [
      manifest,
      withdrawalLeaf(manifest.ref, { envelope, keyId, at }),
      seedCommitmentLeaf({ seedSet: 'urn:uuid:1', root: hex, control: hex, at }),
      budgetLeaf({ seedSet: 'urn:uuid:1', seq: 1, commitment: hex, at }),
      keyAddLeaf({ keyId, use: 'statement', thumbprint: 'A'.repeat(43), at }),
    ]
    for (const leaf of leaves) {
      const parsed = parseLeaf(leaf.bytes)
      expect(parsed?.kind, leaf.kind).toBe('record')
      if (parsed?.kind === 'record') expect(parsed.record.type).toBe(leaf.kind)
    }
    expect(manifest.ref).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('for a receipt is opaque and of one size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (commitment) => {
        const { bytes } = receiptLeaf(hex, commitment)
        expect(bytes.length).toBe(64)
        expect(toHex(bytes)).toBe(`01${toHex(commitment)}${'00'.repeat(31)}`)
        expect(parseLeaf(bytes)).toEqual({ kind: 'receipt', commitment })
      }),
    )
  })

  it('is malformed with padding that is not zero, a cut, another spelling, or an unknown member', () => {
    const receipt = receiptEntry(new Uint8Array(32))
    expect(parseLeaf(receipt.with(63, 1))).toBeUndefined()
    expect(parseLeaf(receipt.subarray(0, 63))).toBeUndefined()
    const record = new TextDecoder().decode(seedCommitmentLeaf({ seedSet: 's', root: hex, control: hex, at }).bytes)
    expect(parseLeaf(utf8(`${record} `))).toBeUndefined()
    expect(parseLeaf(utf8(record.replace('{', '{"a":1,')))).toBeUndefined()
    expect(parseLeaf(new Uint8Array(0))).toBeUndefined()
    expect(parseLeaf(Uint8Array.of(0x02))).toEqual({ kind: 'unknown' })
  })

  it('that another node could not read is never made', () => {
    expect(() => seedCommitmentLeaf({ seedSet: 's', root: 'short', control: hex, at })).toThrow()
    expect(() => budgetLeaf({ seedSet: 's', seq: 0, commitment: hex, at })).toThrow()
  })
})
