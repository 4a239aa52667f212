import { beforeEach, describe, expect, it } from 'vitest'
import {
  authority,
  context,
  credential,
  holder,
  listUrl,
  now,
  parties,
  presented,
  resetWorld,
  response,
  seconds,
  stranger,
  type,
  verdict,
  verifier,
  world,
} from '../../test/presentation-scene.ts'
import { VC_V2_CONTEXT } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { signCredential } from './credential.ts'
import { type SigningKey, signJws } from './jws.ts'
import { verifyPresentations } from './presentation.ts'
import { statusEntry } from './status-list.ts'

beforeEach(resetWorld)

describe('presentations', () => {
  it('prove a membership', async () => {
    const token = await signCredential({
      key: authority.key,
      issuer: authority.did,
      id: 'urn:uuid:2',
      type,
      subject: { id: holder.did, memberName: 'Holder' },
      status: statusEntry(listUrl, 9),
      now,
      lifetimeMs: 86_400_000,
    })
    const verified = await verifyPresentations(response(await presented(token)), context())
    expect(verified).toEqual({
      ok: true,
      value: {
        credentials: [
          {
            type,
            issuer: authority.did,
            subject: { id: holder.did, memberName: 'Holder' },
            validUntil: '2026-11-23T10:00:00.000Z',
          },
        ],
        freshUntil: now + 60_000,
      },
    })
  })

  it.each<[string, unknown, string]>([
    ['no response', { type: 'x' }, 'vp.malformed'],
    ['none', response(), 'vp.empty'],
    ['an object', response({ type: 'VerifiablePresentation' }), 'vp.malformed'],
    ['too many', response(...Array.from({ length: 9 }, () => 'x')), 'vp.malformed'],
    ['too long', response('x'.repeat(200_000), 'y'.repeat(200_000)), 'vp.too_large'],
    ['not a token', response('x.y.z'), 'vp.malformed'],
  ])('are refused when there is %s', async (_, message, code) => {
    expect(await verdict(message)).toBe(code)
  })

  it('are refused when more than 32 credentials come', async () => {
    const one = await credential()
    expect(await verdict(response(await presented(...Array.from({ length: 33 }, () => one))))).toBe('vp.too_large')
  })

  const vp = async (payload: Record<string, unknown>, key = holder.key) => {
    const body = { type: ['VerifiablePresentation'], verifiableCredential: [await credential()] }
    const outer = { iss: holder.did, aud: verifier.did, jti: 'urn:uuid:p', iat: seconds, exp: seconds + 60, vp: body }
    return response(await signJws({ ...outer, ...payload }, { key }))
  }

  it.each<[string, Record<string, unknown>, string]>([
    ['nothing changed', {}, 'ok'],
    ['an audience list of one', { aud: [verifier.did] }, 'ok'],
    ['an audience list of two', { aud: [verifier.did, stranger.did] }, 'vp.audience'],
    ['another audience', { aud: stranger.did }, 'vp.audience'],
    ['no audience', { aud: undefined }, 'vp.audience'],
    ['no expiry', { exp: undefined }, 'vp.audience'],
    ['no jti', { jti: undefined }, 'vp.audience'],
    ['an expiry 6 s ago', { exp: seconds - 6 }, 'vp.time'],
    ['an expiry 4 s ago', { exp: seconds - 4 }, 'ok'],
    ['an issue time 6 s ahead', { iat: seconds + 6 }, 'vp.time'],
    ['a start 6 s ahead', { nbf: seconds + 6 }, 'vp.time'],
    ['an issue time long ago', { iat: seconds - 601 }, 'vp.time'],
    ['another issuer', { iss: stranger.did }, 'vp.holder_mismatch'],
    ['another holder inside', { vp: { type: 'VerifiablePresentation', holder: stranger.did } }, 'vp.holder_mismatch'],
    ['something else inside', { vp: 'x' }, 'vp.malformed'],
  ])('with %s are judged', async (_, payload, code) => {
    expect(await verdict(await vp(payload))).toBe(code)
  })

  it('are refused when signed by another DID, by a key of another purpose, or by nobody known', async () => {
    expect(await verdict(await vp({}, stranger.key))).toBe('vp.holder_mismatch')
    const forged: SigningKey = { ...stranger.key, kid: holder.key.kid }
    expect(await verdict(await vp({}, forged))).toBe('vp.signature')
    const silent = { ...holder.document, authentication: [] }
    const documentOf = async (did: Did) => (did === holder.did ? silent : parties.get(did)?.document)
    expect(await verdict(await vp({}), { documentOf })).toBe('vp.key')
    expect(await verdict(await vp({}), { documentOf: async () => undefined })).toBe('vp.key')
  })

  it('count once', async () => {
    const message = await vp({})
    expect(await verdict(message)).toBe('ok')
    expect(await verdict(message)).toBe('vp.replay')
  })

  it('may hold credentials that were not asked for, whatever their state, and must hold those that were', async () => {
    const other = await credential({ vc: { type: ['VerifiableCredential', 'Salary'] }, key: stranger.key })
    expect(await verdict(response(await presented(await credential(), other)))).toBe('ok')
    world.used.clear()
    expect(await verdict(response(await presented(other)))).toBe('vc.missing')
  })

  it('of the 2.0 model are read, enveloped or not, when they name audience and expiry', async () => {
    const body = {
      '@context': [VC_V2_CONTEXT],
      type: ['VerifiableCredential', type],
      issuer: { id: authority.did },
      validFrom: new Date(now - 60_000).toISOString(),
      validUntil: new Date(now + 60_000).toISOString(),
      credentialSubject: [{ id: holder.did }],
      credentialStatus: {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: '5',
        statusListCredential: listUrl,
      },
    }
    const vc = await signJws(body, { key: authority.key, typ: 'vc+jwt' })
    const binding = { aud: verifier.did, iat: seconds, exp: seconds + 60 }
    const inner = (claims: Record<string, unknown>) =>
      signJws(
        {
          '@context': [VC_V2_CONTEXT],
          type: 'VerifiablePresentation',
          holder: holder.did,
          verifiableCredential: [
            { '@context': VC_V2_CONTEXT, type: 'EnvelopedVerifiableCredential', id: `data:application/vc+jwt,${vc}` },
          ],
          ...claims,
        },
        { key: holder.key, typ: 'vp+jwt' },
      )
    const outer = async (claims: Record<string, unknown>, inside: Record<string, unknown> = {}) =>
      signJws(
        { type: 'EnvelopedVerifiablePresentation', id: `data:application/vp+jwt,${await inner(inside)}`, ...claims },
        { key: holder.key },
      )
    expect(await verdict(response(await inner({ ...binding, jti: '1' })))).toBe('ok')
    expect(await verdict(response(await outer({ ...binding, jti: '2' })))).toBe('ok')
    expect(await verdict(response(await outer({ ...binding, jti: '3' }, { aud: stranger.did })))).toBe('vp.audience')
    expect(await verdict(response(await inner({})))).toBe('vp.audience')
    world.revoked = [5]
    expect(await verdict(response(await inner({ ...binding, jti: '4' })))).toBe('vc.status_revoked')
  })
})
