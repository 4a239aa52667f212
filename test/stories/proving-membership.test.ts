import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Governance } from '../../node/governance/operations.ts'
import { Refused } from '../../protocol/refusal.ts'
import { type IdentityNode, createIdentityNode, shiftedClock } from '../network/identity-node.ts'

const hour = 3_600_000
const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

async function admit(authority: { parts: { governance: Governance } }, node: IdentityNode, name: string) {
  const { invitation } = await authority.parts.governance.invite({ name })
  return node.parts.governance.join(invitation)
}

describe('a space with two members', () => {
  const clock = shiftedClock()
  let authority: IdentityNode
  let rival: IdentityNode
  let bureau: IdentityNode
  let lab: IdentityNode
  let stranger: IdentityNode
  let foreigner: IdentityNode
  const nodes = () => [authority, rival, bureau, lab, stranger, foreigner]

  beforeAll(async () => {
    authority = await createIdentityNode(clock)
    rival = await createIdentityNode(clock)
    bureau = await createIdentityNode(clock)
    lab = await createIdentityNode(clock, '/nodes/lab')
    stranger = await createIdentityNode(clock)
    foreigner = await createIdentityNode(clock)
    await authority.parts.governance.found({ name: 'Seed space' })
    await rival.parts.governance.found({ name: 'Other space' })
    await admit(authority, bureau, 'Bureau')
    await admit(authority, lab, 'Lab')
    await admit(rival, foreigner, 'Foreigner')
  })
  afterAll(async () => {
    for (const node of nodes()) await node[Symbol.asyncDispose]()
  })

  it('lets members answer each other, in both directions', async () => {
    expect(await bureau.call(lab)).toBe(200)
    expect(await lab.call(bureau)).toBe(200)
  })

  it('asks for a presentation once, and takes a new token with every request', async () => {
    await bureau.call(lab)
    const before = bureau.received.filter((line) => line.includes('presentations')).length
    for (let round = 0; round < 10; round++) expect(await bureau.call(lab)).toBe(200)
    expect(bureau.received.filter((line) => line.includes('presentations')).length).toBe(before)
  })

  it('refuses a node that is no member, and a member of another space, without saying why', async () => {
    for (const outsider of [stranger, foreigner]) {
      const headers = { authorization: await outsider.parts.identity.authorizationFor(lab.did) }
      const answer = await outsider.ports.http.request({ method: 'POST', url: `${lab.url}/members-only`, headers })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
      expect(new TextDecoder().decode(answer.body)).not.toMatch(/issuer|trust|vc\.|vp\.|signature|revoked/)
    }
  })

  it('refuses a token that was used, that is meant for another node, that is cut, and none', async () => {
    const token = await bureau.parts.identity.authorizationFor(lab.did)
    expect(await bureau.call(lab, token)).toBe(200)
    expect(await bureau.call(lab, token)).toBe(401)
    expect(await bureau.call(lab, await bureau.parts.identity.authorizationFor(authority.did))).toBe(401)
    expect(await bureau.call(lab, token.slice(0, -10))).toBe(401)
    expect(await bureau.call(lab, '')).toBe(401)
    expect(await bureau.call(lab, 'Basic abc')).toBe(401)
  })

  it('counts one of several racing uses of a token', async () => {
    const token = await bureau.parts.identity.authorizationFor(lab.did)
    const statuses = await Promise.all(Array.from({ length: 8 }, () => bureau.call(lab, token)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it('shows the list of members to members alone', async () => {
    clock.forward(6_000)
    expect((await bureau.parts.governance.participants()).map(({ name }) => name).sort()).toEqual(['Bureau', 'Lab'])
    const headers = { authorization: await stranger.parts.identity.authorizationFor(authority.did) }
    const url = `${authority.url}/trust/participants`
    expect((await stranger.ports.http.request({ method: 'GET', url, headers })).status).toBe(401)
  })

  it('shows presentations only to whom the access token was given', async () => {
    const given = await bureau.parts.identity.authorizationFor(lab.did)
    const stolen = JSON.parse(Buffer.from(given.split('.')[1] ?? '', 'base64url').toString())
    const answer = await queryAs(stranger, bureau, { token: stolen.token })
    expect(answer).toEqual({ status: 401 })
    expect(await queryAs(lab, bureau, { token: 'x'.repeat(43) })).toEqual({ status: 401 })
    expect(await queryAs(lab, bureau, { token: stolen.token })).toEqual({ status: 200, presentations: 1 })
  })

  it('narrows what is shown to what was granted, and refuses questions without form', async () => {
    const given = await bureau.parts.identity.authorizationFor(lab.did)
    const { token } = JSON.parse(Buffer.from(given.split('.')[1] ?? '', 'base64url').toString())
    const ask = (body: Record<string, unknown>) => queryAs(lab, bureau, { token, body })
    expect(await ask({ scope: ['org.eclipse.dspace.dcp.vc.type:Salary:read'] })).toEqual({
      status: 200,
      presentations: 0,
    })
    expect((await ask({ scope: [] })).status).toBe(400)
    expect((await ask({})).status).toBe(400)
    expect((await ask({ presentationDefinition: { id: 'x' } })).status).toBe(501)
    expect((await ask({ scope: ['a'], presentationDefinition: {} })).status).toBe(400)
  })

  it('gives no node to an authority that the node did not ask', async () => {
    const held = await foreigner.ports.http.request({
      method: 'POST',
      url: `${bureau.url}/dcp/credentials`,
      headers: {
        authorization: await foreigner.parts.identity.authorizationFor(bureau.did),
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'],
        type: 'CredentialMessage',
        issuerPid: 'x',
        holderPid: 'urn:uuid:unknown',
        status: 'REJECTED',
      }),
    })
    expect(held.status).toBe(404)
  })

  it('says 404 to whoever asks for the request of another, as for one that never was', async () => {
    const location = await requestMembership(bureau, authority)
    const status = async (node: IdentityNode, url: string) => {
      const headers = { authorization: await node.parts.identity.authorizationFor(authority.did) }
      return (await node.ports.http.request({ method: 'GET', url, headers })).status
    }
    expect(await status(bureau, location)).toBe(200)
    expect(await status(lab, location)).toBe(404)
    expect(await status(bureau, `${authority.url}/issuer/requests/none`)).toBe(404)
  })

  it('hides the addresses of an authority on nodes that are none', async () => {
    for (const path of ['issuer/metadata', 'trust/trust-list', 'trust/rulebook', 'trust/participants', 'status/1']) {
      expect((await lab.ports.http.request({ method: 'GET', url: `${bureau.url}/${path}` })).status).toBe(404)
    }
  })

  it('renews memberships before they end, also when the authority cannot answer for a while', async () => {
    const before = await bureau.parts.governance.membership()
    clock.forward(5 * 24 * hour)
    for (const node of [authority, rival]) await node.parts.governance.refresh()
    for (const status of [503, 401]) {
      authority.intercept = ({ url }) =>
        url.endsWith('/issuer/credentials') ? new Response('<html>', { status }) : undefined
      await bureau.settle()
      expect(await bureau.ports.queue.deadLetters()).toEqual([])
      clock.forward(hour)
    }
    authority.intercept = undefined
    for (const node of [bureau, lab, foreigner]) {
      await node.parts.governance.refresh()
      await node.settle()
    }
    const after = await bureau.parts.governance.membership()
    expect(Date.parse(after?.validUntil ?? '')).toBeGreaterThan(Date.parse(before?.validUntil ?? '') + 4 * 24 * hour)
    expect(await bureau.call(lab)).toBe(200)
  })

  it('goes on while the authority is away, for as long as the status list may be stale', async () => {
    expect(await bureau.call(lab)).toBe(200)
    await authority.disconnect()
    clock.forward(10 * 60_000)
    expect(await bureau.call(lab)).toBe(200)
    clock.forward(6 * 60_000)
    expect(await bureau.call(lab)).toBe(401)
    await authority.reconnect()
    clock.forward(11_000)
    expect(await bureau.call(lab)).toBe(200)
  })

  it('ends a revoked membership within a minute, and renews it no more', async () => {
    expect(await lab.call(bureau)).toBe(200)
    await expect(bureau.parts.governance.revoke({ did: lab.did, reason: 'x' }).catch(code)).resolves.toBe(
      'not-the-authority',
    )
    await authority.parts.governance.revoke({ did: lab.did, reason: 'left the space' })
    clock.forward(61_000)
    expect(await lab.call(bureau)).toBe(401)
    expect((await bureau.parts.governance.participants()).map(({ name }) => name)).toEqual(['Bureau'])
    clock.forward(5 * 24 * hour)
    await authority.parts.governance.refresh()
    await bureau.parts.governance.refresh()
    await lab.settle()
    expect(await lab.call(bureau)).toBe(401)
    expect((await lab.ports.queue.deadLetters()).map(({ queue, error }) => ({ queue, error }))).toEqual([
      { queue: 'credential-renew', error: 'membership-refused' },
    ])
  })

  it('refuses an expired membership', async () => {
    await authority.parts.governance.refresh()
    await admit(authority, stranger, 'Late member')
    expect(await stranger.call(bureau)).toBe(200)
    clock.forward(8 * 24 * hour)
    await authority.parts.governance.refresh()
    await bureau.settle()
    await bureau.parts.governance.refresh()
    expect((await stranger.parts.governance.membership())?.state).toBe('expired')
    expect(await stranger.call(bureau)).toBe(401)
  })
})

async function queryAs(
  verifier: IdentityNode,
  holder: IdentityNode,
  { token, body }: { token: string; body?: Record<string, unknown> },
): Promise<{ status: number; presentations?: number }> {
  const { mint } = verifier.parts
  const message = {
    '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'],
    type: 'PresentationQueryMessage',
    ...(body ?? { scope: ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'] }),
  }
  const answer = await verifier.ports.http.request({
    method: 'POST',
    url: `${holder.url}/dcp/presentations/query`,
    headers: {
      authorization: `Bearer ${await mint({ audience: holder.did, accessToken: token })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(message),
  })
  if (answer.status !== 200) return { status: answer.status }
  const { presentation } = JSON.parse(new TextDecoder().decode(answer.body))
  return { status: 200, presentations: presentation.length }
}

async function requestMembership(node: IdentityNode, authority: IdentityNode): Promise<string> {
  const answer = await node.ports.http.request({
    method: 'POST',
    url: `${authority.url}/issuer/credentials`,
    headers: {
      authorization: await node.parts.identity.authorizationFor(authority.did),
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'],
      type: 'CredentialRequestMessage',
      holderPid: `urn:uuid:${node.ports.random.uuid()}`,
      credentials: [{ id: 'urn:tanemaki:credential:membership:v1' }],
    }),
  })
  expect(answer.status).toBe(201)
  return answer.headers['location'] ?? ''
}
