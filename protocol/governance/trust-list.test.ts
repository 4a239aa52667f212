import { describe, expect, it } from 'vitest'
import { Did, Sha256 } from '../../schemas/ids.ts'
import { TrustList } from '../../schemas/governance.ts'
import { trustListInForce, trustsIssuer } from './trust-list.ts'

const authority = Did.parse('did:web:authority.example')
const old = Did.parse('did:web:old.example')
const at = (text: string) => Date.parse(text)
const list = TrustList.parse({
  type: 'urn:tanemaki:trust-list:v1',
  authority,
  sequence: 3,
  issued: '2026-11-22T00:00:00.000Z',
  expires: '2026-11-24T00:00:00.000Z',
  issuers: [
    { did: authority, types: ['MembershipCredential'], from: '2026-11-01T00:00:00.000Z' },
    { did: authority, types: ['Audit'], from: '2026-11-01T00:00:00.000Z', until: '2026-11-10T00:00:00.000Z' },
    { did: old, types: ['MembershipCredential'], from: '2025-01-01T00:00:00.000Z' },
  ],
  retired: [{ did: old, invalidSince: '2026-06-01T00:00:00.000Z' }],
  rulebook: { id: 'urn:uuid:1', version: 1, digest: Sha256.parse('0'.repeat(64)) },
})
const trusted = (issuer: Did, types: string[], issuedAt: string) =>
  trustsIssuer(list, { issuer, types, issuedAt: at(issuedAt) })

describe('the trust list', () => {
  it('counts from its issue to its expiry', () => {
    expect(trustListInForce(list, at('2026-11-21T23:59:50Z'))).toBe(false)
    expect(trustListInForce(list, at('2026-11-22T00:00:00Z'))).toBe(true)
    expect(trustListInForce(list, at('2026-11-24T00:00:04Z'))).toBe(true)
    expect(trustListInForce(list, at('2026-11-24T00:00:06Z'))).toBe(false)
  })

  it.each<[Did, string[], string, boolean]>([
    [authority, ['MembershipCredential'], '2026-11-20T00:00:00Z', true],
    [authority, ['MembershipCredential'], '2026-10-31T00:00:00Z', false],
    [authority, ['Audit'], '2026-11-05T00:00:00Z', true],
    [authority, ['Audit'], '2026-11-10T00:00:00Z', false],
    [authority, ['MembershipCredential', 'Audit'], '2026-11-05T00:00:00Z', true],
    [authority, ['MembershipCredential', 'Salary'], '2026-11-05T00:00:00Z', false],
    [authority, [], '2026-11-05T00:00:00Z', false],
    [Did.parse('did:web:x.example'), ['MembershipCredential'], '2026-11-05T00:00:00Z', false],
    [old, ['MembershipCredential'], '2026-05-31T23:59:59Z', true],
    [old, ['MembershipCredential'], '2026-06-01T00:00:00Z', false],
  ])('lets %s give %j issued at %s: %s', (...[issuer, types, issuedAt, expected]) => {
    expect(trusted(issuer, types, issuedAt)).toBe(expected)
  })
})
