import { beforeEach, describe, expect, it } from 'vitest'
import type { Party } from '../../test/identity-party.ts'
import {
  authority,
  type CredentialChanges,
  holder,
  listUrl,
  now,
  parties,
  resetWorld,
  seconds,
  stranger,
  type,
  verdictOn,
  world,
} from '../../test/presentation-scene.ts'
import { VC_V2_CONTEXT } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import type { PresentationContext } from './presentation.ts'
import { statusEntry } from './status-list.ts'

beforeEach(resetWorld)

describe('credentials in a presentation', () => {
  const iso = (ms: number) => new Date(now + ms).toISOString()

  it.each<[string, CredentialChanges, string]>([
    ['nothing changed', {}, 'ok'],
    ['a subject list', { vc: { credentialSubject: [{ id: holder.did }] } }, 'ok'],
    ['an issuer object', { vc: { issuer: { id: authority.did, name: 'A' } } }, 'ok'],
    ['a bare uuid as id', { vc: { id: 'b8c1' } }, 'ok'],
    ['no body that is one', { vc: { issuanceDate: 'yesterday' } }, 'vc.malformed'],
    ['a null expiry', { vc: { expirationDate: null } }, 'vc.malformed'],
    ['the key of another DID', { key: stranger.key }, 'vc.issuer_key'],
    ['a forged key', { key: { ...stranger.key, kid: authority.key.kid } }, 'vc.signature'],
    ['another iss', { claims: { iss: stranger.did } }, 'vc.issuer_key'],
    [
      'an issuer who is the signer but not trusted',
      { vc: { issuer: stranger.did }, claims: { iss: stranger.did }, key: stranger.key },
      'vc.issuer_untrusted',
    ],
    ['another sub', { claims: { sub: stranger.did } }, 'vc.claim_mismatch'],
    ['another nbf', { claims: { nbf: seconds - 120 } }, 'vc.claim_mismatch'],
    ['another exp', { claims: { exp: seconds + 120 } }, 'vc.claim_mismatch'],
    ['another jti', { claims: { jti: 'urn:uuid:9' } }, 'vc.claim_mismatch'],
    ['the context of the other model', { vc: { '@context': [VC_V2_CONTEXT] } }, 'vc.model'],
    ['no base type', { vc: { type: [type] } }, 'vc.type'],
    ['a start ahead', { vc: { issuanceDate: iso(6_000) }, claims: { nbf: seconds + 6 } }, 'vc.not_yet_valid'],
    ['an end behind', { vc: { expirationDate: iso(-6_000) }, claims: { exp: seconds - 6 } }, 'vc.expired'],
    ['an end 4 s behind', { vc: { expirationDate: iso(-4_000) }, claims: { exp: seconds - 4 } }, 'ok'],
    [
      'another subject',
      { vc: { credentialSubject: { id: stranger.did } }, claims: { sub: stranger.did } },
      'vc.subject',
    ],
    [
      'one subject of two',
      { vc: { credentialSubject: [{ id: holder.did }, { id: stranger.did }] }, claims: { sub: undefined } },
      'vc.subject',
    ],
    ['no subject', { vc: { credentialSubject: [] }, claims: { sub: undefined } }, 'vc.subject'],
    ['a subject without id', { vc: { credentialSubject: { name: 'x' } }, claims: { sub: undefined } }, 'vc.subject'],
    ['a status of unknown type', { vc: { credentialStatus: { id: 'x', type: 'Other' } } }, 'vc.status_unsupported'],
    [
      'a status of unknown purpose',
      { vc: { credentialStatus: { ...statusEntry(listUrl, 5), statusPurpose: 'message' } } },
      'vc.status_unsupported',
    ],
    [
      'a status of another purpose',
      { vc: { credentialStatus: { ...statusEntry(listUrl, 5), statusPurpose: 'suspension' } } },
      'vc.status_invalid',
    ],
    [
      'a place outside the list',
      { vc: { credentialStatus: { ...statusEntry(listUrl, 5), statusListIndex: '131072' } } },
      'vc.status_invalid',
    ],
    [
      'a list that cannot be had',
      { vc: { credentialStatus: statusEntry('https://down.example/1', 5) } },
      'vc.status_unavailable',
    ],
    [
      'one good status and one bad',
      { vc: { credentialStatus: [statusEntry(listUrl, 5), { type: 'Other' }] } },
      'vc.status_unsupported',
    ],
    [
      'a schema that is not pinned',
      { vc: { credentialSchema: { id: 'https://x.example/s', type: 'JsonSchema' } } },
      'vc.schema',
    ],
  ])('with %s are judged', async (_, changes, code) => {
    expect(await verdictOn(changes)).toBe(code)
  })

  it('are refused when their bit is set, and not when a neighbour is', async () => {
    world.revoked = [4, 6]
    expect(await verdictOn({})).toBe('ok')
    world.used.clear()
    world.revoked = [5]
    expect(await verdictOn({})).toBe('vc.status_revoked')
  })

  it('are refused when an issuer trusted for one type adds the wanted one', async () => {
    const trusts: PresentationContext['trusts'] = (_, types) => types.every((each) => each === 'Salary')
    const smuggled = { vc: { type: ['VerifiableCredential', 'Salary', type] } }
    expect(await verdictOn(smuggled, { trusts })).toBe('vc.issuer_untrusted')
  })

  it('are asked about at the time of their issue', async () => {
    const asked: number[] = []
    const trusts: PresentationContext['trusts'] = (_issuer, _types, issuedAt) => asked.push(issuedAt) > 0
    await verdictOn({}, { trusts })
    expect(asked).toEqual([now - 60_000])
  })

  it('are refused when the key is not for assertions', async () => {
    const silent: Party['document'] = { ...authority.document, assertionMethod: [] }
    const documentOf = async (did: Did) => (did === authority.did ? silent : parties.get(did)?.document)
    expect(await verdictOn({}, { documentOf })).toBe('vc.issuer_key')
  })

  it('follow a pinned schema or are refused', async () => {
    const url = 'https://authority.example/s'
    const changes = { vc: { credentialSchema: { id: url, type: 'JsonSchema' } } }
    expect(await verdictOn(changes, { schemas: new Map([[url, () => true]]) })).toBe('ok')
    world.used.clear()
    expect(await verdictOn(changes, { schemas: new Map([[url, () => false]]) })).toBe('vc.schema')
  })
})
