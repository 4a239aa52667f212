import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { createParty } from '../../test/identity-party.ts'
import { VC_V1_CONTEXT, VC_V2_CONTEXT } from '../../schemas/identity.ts'
import { signJws } from './jws.ts'
import { signStatusList, statusBit, statusBits, verifyStatusList } from './status-list.ts'

const now = Date.parse('2026-11-22T10:00:00.000Z')
const url = 'https://a.example/status/1'
const issuer = createParty('did:web:a.example')
const gunzip = (bytes: Uint8Array, maxLength: number) =>
  new Uint8Array(gunzipSync(bytes, { maxOutputLength: maxLength }))
const query = { url, issuer: issuer.did, document: issuer.document, now, gunzip }

const credential = (encodedList: string, changes: Record<string, unknown> = {}) => ({
  '@context': [VC_V1_CONTEXT],
  id: url,
  type: ['VerifiableCredential', 'StatusList2021Credential'],
  issuer: issuer.did,
  issuanceDate: '2026-11-22T09:00:00Z',
  credentialSubject: { id: `${url}#list`, type: 'StatusList2021', statusPurpose: 'revocation', encodedList },
  ...changes,
})
const signedList = (encodedList: string, changes: Record<string, unknown> = {}) =>
  signJws({ iss: issuer.did, vc: credential(encodedList, changes) }, { key: issuer.key })

async function indexesOf(encodedList: string): Promise<number[] | string> {
  const verified = await verifyStatusList(await signedList(encodedList), query)
  if (!verified.ok) return verified.detail
  const { bits } = verified.value
  return Array.from({ length: bits.length * 8 }, (_, at) => at).filter(
    (at) => statusBit(verified.value, String(at)) === 1,
  )
}

describe('status lists', () => {
  it.each([
    ['uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA', []],
    ['uH4sIAAAAAAACA-3QAQ0AAAwCIO1f2hz_IAIJAAAAAAAAAAAAAADfVAEAAADAOQNQdb5gAEAAAA', [94_567]],
    ['uH4sIAAAAAAACA-3QAQ0AAAgDIN_c6M-hgwjsAAAAAAAAAAAAAADwTRQAAAAAXJMCpM6u2wBAAAA', [0, 94_567, 131_071]],
    ['uH4sIAAAAAAACA3NgGAWjYBSMglEwCkbBSAMA6JtQ3gAIAAA', [1]],
    ['H4sIAAAAAAACA3NgGAWjYBSMglEwCkbBSAMA6JtQ3gAIAAA', [1]],
    ['H4sIAAAAAAACA3NgGAWjYBSMglEwCkbBSAMA6JtQ3gAIAAA=', [1]],
  ])('read the bits of %s', async (encoded, indexes) => {
    expect(await indexesOf(encoded)).toEqual(indexes)
  })

  it('read back what was written, first and last place included', () => {
    const place = fc.integer({ min: 0, max: 131_071 })
    fc.assert(
      fc.property(fc.uniqueArray(place, { maxLength: 20 }), place, (indexes, other) => {
        const list = { purpose: 'revocation', bits: statusBits([...indexes, 0, 131_071]), validUntil: now }
        const set = new Set([...indexes, 0, 131_071])
        return (
          [...set].every((at) => statusBit(list, String(at)) === 1) &&
          statusBit(list, String(other)) === (set.has(other) ? 1 : 0)
        )
      }),
    )
  })

  it.each(['131072', '-1', '01', '1.0', '1e3', '', '99999999999'])('say nothing at index %s', (index) => {
    expect(statusBit({ purpose: 'revocation', bits: statusBits([]), validUntil: now }, index)).toBeUndefined()
  })

  it('are published signed, valid for their lifetime, and read back', async () => {
    const compressed = new Uint8Array(gzipSync(statusBits([7])))
    const token = await signStatusList({
      key: issuer.key,
      issuer: issuer.did,
      url,
      compressed,
      now,
      lifetimeMs: 3_600_000,
    })
    const verified = await verifyStatusList(token, query)
    expect(verified.ok && verified.value.validUntil).toBe(now + 3_600_000)
    expect(verified.ok && statusBit(verified.value, '7')).toBe(1)
    expect((await verifyStatusList(token, { ...query, now: now + 3_606_000 })).ok).toBe(false)
    expect((await verifyStatusList(token, { ...query, now: now - 6_000 })).ok).toBe(false)
  })

  it('are read in the form of the 2.0 model too', async () => {
    const body = {
      '@context': [VC_V2_CONTEXT],
      id: url,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: { id: issuer.did },
      validFrom: '2026-11-22T09:00:00Z',
      credentialSubject: {
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: 'uH4sIAAAAAAACA3NgGAWjYBSMglEwCkbBSAMA6JtQ3gAIAAA',
      },
    }
    const verified = await verifyStatusList(await signJws(body, { key: issuer.key, typ: 'vc+jwt' }), query)
    expect(verified.ok && statusBit(verified.value, '1')).toBe(1)
  })

  const good = 'uH4sIAAAAAAACA3NgGAWjYBSMglEwCkbBSAMA6JtQ3gAIAAA'
  const stranger = createParty('did:web:b.example')

  it.each<[string, () => Promise<string>]>([
    ['of another address', () => signedList(good, { id: 'https://a.example/status/2' })],
    ['of another issuer', () => signedList(good, { issuer: stranger.did })],
    ['signed by another DID', () => signJws({ vc: credential(good) }, { key: stranger.key })],
    [
      'signed by a key that is not listed',
      () => signJws({ vc: credential(good) }, { key: createParty(issuer.did).key }),
    ],
    [
      'with the claims of another issuer',
      () => signJws({ iss: stranger.did, vc: credential(good) }, { key: issuer.key }),
    ],
    ['without a signature', async () => JSON.stringify(credential(good))],
    ['of no list type', () => signedList(good, { type: ['VerifiableCredential'] })],
    ['that has expired', () => signedList(good, { expirationDate: '2026-11-22T09:59:00Z' })],
    ['that begins later', () => signedList(good, { issuanceDate: '2026-11-22T10:01:00Z' })],
    ['that is too short', () => signedList(gzipSync(new Uint8Array(1024)).toString('base64url'))],
    ['that inflates without end', () => signedList(gzipSync(new Uint8Array(64 * 1024 * 1024)).toString('base64url'))],
    ['that is cut', () => signedList(good.slice(0, 30))],
    ['that is not gzip', () => signedList('uAAAA')],
  ])('are refused when it is a list %s', async (_, make) => {
    expect(await verifyStatusList(await make(), query)).toMatchObject({ ok: false, code: 'vc.status_invalid' })
  })
})
