import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signCredential } from '../../protocol/identity/credential.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { statusEntry } from '../../protocol/identity/status-list.ts'
import { Refused } from '../../protocol/refusal.ts'
import { CredentialRequestMessage } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { type IdentityNode, createIdentityNode, shiftedClock } from '../network/identity-node.ts'

const type = 'MembershipCredential'
const format = 'vc11-sl2021/jwt'
const base = { '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'], type: 'CredentialMessage', issuerPid: 'i' }
const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

async function keyOf(node: IdentityNode): Promise<SigningKey> {
  const [kid] = (await node.parts.identity.didDocument()).assertionMethod ?? []
  if (typeof kid !== 'string') throw new Error('the node has no assertion key')
  return { kid, alg: 'ES256', sign: (message) => node.ports.keys.sign('identity', message) }
}

async function membership(
  issuer: IdentityNode,
  about: Did,
  changes: { type?: string; index?: number } = {},
): Promise<string> {
  return signCredential({
    key: await keyOf(issuer),
    issuer: issuer.did,
    id: `urn:uuid:${issuer.ports.random.uuid()}`,
    type: changes.type ?? type,
    subject: { id: about, memberName: 'x' },
    status: statusEntry(`${issuer.url}/status/1`, changes.index ?? 1),
    now: issuer.ports.clock.now(),
    lifetimeMs: 3_600_000,
  })
}

async function deliver(from: IdentityNode, to: IdentityNode, message: Record<string, unknown>): Promise<number> {
  const headers = {
    authorization: `Bearer ${await from.parts.mint({ audience: to.did })}`,
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ ...base, ...message })
  return (await to.ports.http.request({ method: 'POST', url: `${to.url}/dcp/credentials`, headers, body })).status
}

const issued = (holderPid: string, payload: string, changes: Record<string, unknown> = {}) => ({
  holderPid,
  status: 'ISSUED',
  credentials: [{ credentialType: type, payload, format, ...changes }],
})

describe('a node that waits for its membership', () => {
  const clock = shiftedClock()
  let authority: IdentityNode
  let stranger: IdentityNode
  let holder: IdentityNode
  beforeAll(async () => {
    authority = await createIdentityNode(clock)
    stranger = await createIdentityNode(clock)
    holder = await createIdentityNode(clock)
    await authority.parts.governance.found({ name: 'Seed space' })
    await stranger.parts.governance.found({ name: 'Elsewhere' })
  })
  afterAll(async () => {
    for (const node of [authority, stranger, holder]) await node[Symbol.asyncDispose]()
  })

  /** The authority takes the request and delivers nothing by itself; the join stays open until the test delivers. */
  async function openJoin(): Promise<{ holderPid: string; joined: Promise<unknown> }> {
    const { invitation } = await authority.parts.governance.invite({ name: 'Holder' })
    const { promise, resolve } = Promise.withResolvers<string>()
    authority.intercept = (request) => {
      if (new URL(request.url).pathname !== '/issuer/credentials') return undefined
      return request.json().then((body: unknown) => {
        resolve(CredentialRequestMessage.parse(body).holderPid)
        return new Response(null, { status: 201, headers: { location: `${authority.url}/issuer/requests/i` } })
      })
    }
    const joined = holder.parts.governance.join(invitation).then(
      ({ state }) => state,
      (error: unknown) => code(error),
    )
    const holderPid = await promise
    authority.intercept = undefined
    return { holderPid, joined }
  }

  it('takes nothing but what it asked for, from whom it asked', async () => {
    const { holderPid, joined } = await openJoin()
    const good = await membership(authority, holder.did)
    const wrong: [from: IdentityNode, message: Record<string, unknown>, status: number][] = [
      [stranger, issued(holderPid, good), 404],
      [stranger, { holderPid, status: 'REJECTED' }, 404],
      [authority, issued('urn:uuid:other', good), 404],
      [authority, issued(holderPid, await membership(stranger, holder.did)), 400],
      [authority, issued(holderPid, await membership(authority, authority.did)), 400],
      [authority, issued(holderPid, await membership(authority, holder.did, { type: 'Other' })), 400],
      [authority, issued(holderPid, `${good.slice(0, -4)}AAAA`), 400],
      [authority, issued(holderPid, good, { format: 'vc20-bssl/jwt' }), 400],
      [authority, issued(holderPid, 'not a token'), 400],
      [authority, { holderPid, status: 'GIVEN' }, 400],
      [
        authority,
        {
          ...issued(holderPid, good),
          credentials: [
            { credentialType: type, payload: good, format },
            { credentialType: type, payload: await membership(stranger, holder.did), format },
          ],
        },
        400,
      ],
    ]
    for (const [from, message, status] of wrong) expect(await deliver(from, holder, message)).toBe(status)
    expect(await holder.parts.governance.membership()).toMatchObject({ state: 'pending' })

    expect(await deliver(authority, holder, { ...issued(holderPid, good), credentials: [] })).toBe(200)
    expect(await deliver(authority, holder, issued(holderPid, good))).toBe(200)
    expect(await joined).toBe('active')
    expect(await deliver(authority, holder, issued(holderPid, good))).toBe(200)
    expect(await deliver(authority, holder, issued(holderPid, await membership(authority, holder.did)))).toBe(409)
    expect(await deliver(authority, holder, { holderPid, status: 'REJECTED' })).toBe(409)
  })

  it('is told when the authority says no', async () => {
    const { holderPid, joined } = await openJoin()
    expect(await deliver(authority, holder, { holderPid, status: 'REJECTED', rejectionReason: 'no' })).toBe(200)
    expect(await joined).toBe('membership-refused')
    expect(await deliver(authority, holder, issued(holderPid, await membership(authority, holder.did)))).toBe(409)
  })

  it('gets it after all when its first answers were lost', async () => {
    let lost = 0
    holder.intercept = (request) => {
      if (new URL(request.url).pathname !== '/dcp/credentials' || lost >= 2) return undefined
      lost += 1
      return new Response('', { status: 503 })
    }
    const { invitation } = await authority.parts.governance.invite({ name: 'Holder' })
    const { state } = await holder.parts.governance.join(invitation)
    holder.intercept = undefined
    expect({ state, lost }).toEqual({ state: 'active', lost: 2 })
  })

  it('asks for it again while nobody can say whether it was revoked', async () => {
    clock.forward(2 * 3_600_000)
    const { holderPid, joined } = await openJoin()
    const message = issued(holderPid, await membership(authority, holder.did))
    authority.intercept = ({ url }) => (url.endsWith('/status/1') ? new Response('', { status: 503 }) : undefined)
    expect(await deliver(authority, holder, message)).toBe(503)
    authority.intercept = undefined
    clock.forward(60_000)
    expect(await deliver(authority, holder, message)).toBe(200)
    expect(await joined).toBe('active')
  })

  it('needs a token of the deliverer that was not used before', async () => {
    const token = await authority.parts.mint({ audience: holder.did })
    const url = `${holder.url}/dcp/credentials`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const send = async () => (await holder.ports.http.request({ method: 'POST', url, headers, body: '{}' })).status
    expect(await send()).toBe(400)
    expect(await send()).toBe(401)
  })
})
