import { beforeEach, describe, expect, it } from 'vitest'
import { createParty } from '../../test/identity-party.ts'
import { Refused } from '../../protocol/refusal.ts'
import { Did } from '../../schemas/ids.ts'
import { type HttpClient, HttpFailure, type HttpResponse } from '../ports/http-client.ts'
import { createDidResolver } from './resolver.ts'

const peer = createParty('did:web:peer.example')
const me = createParty('did:web:me.example')
const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

let now = 0
let fetched: string[] = []
let answer: () => Promise<HttpResponse>

const json = (body: unknown, headers = { 'content-type': 'application/did+json' }): HttpResponse => ({
  status: 200,
  headers,
  body: new TextEncoder().encode(JSON.stringify(body)),
})
const away = async (): Promise<HttpResponse> => {
  throw new HttpFailure('away')
}
const http: HttpClient = {
  request: async ({ url }) => {
    fetched.push(url)
    return answer()
  },
}
const resolver = () =>
  createDidResolver({
    did: me.did,
    own: async () => me.document,
    http,
    clock: { now: () => now, after: () => () => {} },
    hosts: { devHttp: false, privateHosts: new Set() },
  })

beforeEach(() => {
  now = 1_000_000
  fetched = []
  answer = async () => json(peer.document)
})

describe('resolving a DID', () => {
  it('fetches the document once for two minutes, and once for callers at the same time', async () => {
    const dids = resolver()
    await Promise.all([dids.resolve(peer.did), dids.resolve(peer.did), dids.resolve(peer.did)])
    now += 119_000
    expect((await dids.resolve(peer.did)).id).toBe(peer.did)
    expect(fetched).toEqual(['https://peer.example/.well-known/did.json'])
    now += 2_000
    await dids.resolve(peer.did)
    expect(fetched).toHaveLength(2)
  })

  it('never fetches its own document', async () => {
    expect((await resolver().resolve(me.did, { fresh: true })).id).toBe(me.did)
    expect(fetched).toEqual([])
  })

  it('fetches again for a key that the known document lacks, at most every 30 s', async () => {
    const dids = resolver()
    await dids.resolveForKey(peer.did, peer.key.kid)
    now += 1_000
    for (let round = 0; round < 5; round++) await dids.resolveForKey(peer.did, `${peer.did}#new`)
    expect(fetched).toHaveLength(2)
    const rotated = createParty(peer.did, { fragment: 'new' })
    answer = async () => json(rotated.document)
    now += 31_000
    expect(await dids.resolveForKey(peer.did, `${peer.did}#new`)).toEqual(rotated.document)
    expect(fetched).toHaveLength(3)
  })

  it('remembers for ten seconds that a host did not answer', async () => {
    const dids = resolver()
    answer = away
    await expect(dids.resolve(peer.did).catch(code)).resolves.toBe('peer-unreachable')
    await expect(dids.resolve(peer.did).catch(code)).resolves.toBe('peer-unreachable')
    expect(fetched).toHaveLength(1)
    now += 11_000
    answer = async () => json(peer.document)
    expect((await dids.resolve(peer.did)).id).toBe(peer.did)
  })

  it('takes an old document for a silent host only where the caller said so, and only so old', async () => {
    const dids = resolver()
    await dids.resolve(peer.did)
    answer = away
    now += 200_000
    await expect(dids.resolve(peer.did).catch(code)).resolves.toBe('peer-unreachable')
    expect((await dids.resolve(peer.did, { staleMs: 900_000 })).id).toBe(peer.did)
    now += 701_000
    await expect(dids.resolve(peer.did, { staleMs: 900_000 }).catch(code)).resolves.toBe('peer-unreachable')
  })

  it.each<[string, () => HttpResponse]>([
    ['speaks of another DID', () => json(me.document)],
    ['is not JSON', () => ({ ...json({}), body: new TextEncoder().encode('<html>') })],
    ['is not said to be JSON', () => json(peer.document, { 'content-type': 'text/html' })],
    ['is a redirect', () => ({ ...json(peer.document), status: 302 })],
    ['is missing', () => ({ ...json({}), status: 404 })],
    ['has a member twice', () => ({ ...json({}), body: new TextEncoder().encode(`{"id":"x","id":"${peer.did}"}`) })],
    ['is nested without end', () => ({ ...json({}), body: new TextEncoder().encode('['.repeat(2000)) })],
    [
      'lists too many keys',
      () =>
        json({ id: peer.did, verificationMethod: Array.from({ length: 40 }, () => peer.document.verificationMethod) }),
    ],
  ])('refuses a document that %s', async (_, make) => {
    answer = async () => make()
    await expect(resolver().resolve(peer.did).catch(code)).resolves.toBe('peer-unreachable')
  })

  it.each(['did:web:127.0.0.1', 'did:web:localhost%3A7600', 'did:key:z6Mk', 'did:web:intranet'])(
    'never sends a request for %s',
    async (did) => {
      await expect(resolver().resolve(Did.parse(did)).catch(code)).resolves.toBe('peer-unreachable')
      expect(fetched).toEqual([])
    },
  )
})
