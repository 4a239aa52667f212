import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readDocument, signDocument } from '../../protocol/governance/signed-document.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { instantOf } from '../../protocol/instant.ts'
import { Refused } from '../../protocol/refusal.ts'
import { Rulebook, TrustList } from '../../schemas/governance.ts'
import { Sha256 } from '../../schemas/ids.ts'
import { type IdentityNode, createIdentityNode, shiftedClock } from '../network/identity-node.ts'

const hour = 3_600_000
const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

async function keyOf(node: IdentityNode): Promise<SigningKey> {
  const [kid] = (await node.parts.identity.didDocument()).assertionMethod ?? []
  if (typeof kid !== 'string') throw new Error('the node has no assertion key')
  return { kid, alg: 'ES256', sign: (message) => node.ports.keys.sign('identity', message) }
}

describe("a member's copy of the rules", () => {
  const clock = shiftedClock()
  let authority: IdentityNode
  let rival: IdentityNode
  let bureau: IdentityNode
  let lab: IdentityNode
  beforeAll(async () => {
    authority = await createIdentityNode(clock)
    rival = await createIdentityNode(clock)
    bureau = await createIdentityNode(clock)
    lab = await createIdentityNode(clock)
    await authority.parts.governance.found({ name: 'Seed space' })
    await rival.parts.governance.found({ name: 'Other space' })
    for (const node of [bureau, lab]) {
      await node.parts.governance.join((await authority.parts.governance.invite({ name: 'x' })).invitation)
    }
  })
  beforeEach(() => {
    authority.intercept = undefined
  })
  afterAll(async () => {
    for (const node of [authority, rival, bureau, lab]) await node[Symbol.asyncDispose]()
  })

  const refresh = () => bureau.parts.governance.refresh().then(() => 'refreshed', code)
  const serve = (path: string, text: string) => {
    authority.intercept = (request) => (new URL(request.url).pathname === path ? new Response(text) : undefined)
  }
  const currentList = async () => {
    const read = readDocument(await authority.parts.governance.published.trustList(), TrustList)
    if (!read.ok) throw new Error(read.code)
    return read.value
  }

  it('moves forward with the trust list of the authority', async () => {
    const before = await bureau.parts.governance.trustList()
    clock.forward(13 * hour)
    expect(await refresh()).toBe('refreshed')
    const after = await bureau.parts.governance.trustList()
    expect(after.sequence).toBe(before.sequence + 1)
    expect(Date.parse(after.expires)).toBeGreaterThan(Date.parse(before.expires))
  })

  it('never moves back, sideways, or to what somebody else signed', async () => {
    const list = await currentList()
    const key = await keyOf(authority)
    const rivalKey = await keyOf(rival)
    const later = { ...list, sequence: list.sequence + 1 }
    const texts = [
      await signDocument({ ...list, sequence: list.sequence - 1 }, key),
      await signDocument({ ...list, retired: [{ did: rival.did, invalidSince: list.issued }] }, key),
      await signDocument(later, rivalKey),
      await signDocument(later, { ...rivalKey, kid: key.kid }),
      await signDocument({ ...later, authority: rival.did }, rivalKey),
      await signDocument({ ...later, expires: instantOf(clock.now() - 10_000) }, key),
      await signDocument({ ...later, issued: instantOf(clock.now() + 60_000) }, key),
      'not a document',
    ]
    for (const text of texts) {
      serve('/trust/trust-list', text)
      expect(await refresh()).toBe('peer-refused')
      expect(await bureau.parts.governance.trustList()).toEqual(list)
    }
  })

  it('takes a rulebook only with the digest that the trust list names', async () => {
    const read = readDocument(await authority.parts.governance.published.rulebook(), Rulebook)
    if (!read.ok) throw new Error(read.code)
    const key = await keyOf(authority)
    const list = await currentList()
    const changed = await signDocument({ ...read.value, version: 2, retention: { maxDays: 9 } }, key)
    const named = { ...list.rulebook, version: 2, digest: Sha256.parse('f'.repeat(64)) }
    const trust = await signDocument({ ...list, sequence: list.sequence + 1, rulebook: named }, key)
    authority.intercept = (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/trust/rulebook') return new Response(changed)
      return pathname === '/trust/trust-list' ? new Response(trust) : undefined
    }
    expect(await refresh()).toBe('peer-refused')
    expect((await bureau.parts.governance.rulebook()).version).toBe(1)
  })

  it('trusts nobody once it has expired', async () => {
    expect(await lab.call(bureau)).toBe(200)
    clock.forward(49 * hour)
    expect(await lab.call(bureau)).toBe(401)
    await refresh()
    expect(await lab.call(bureau)).toBe(200)
  })
})
