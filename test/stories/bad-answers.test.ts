import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createGuardedHttpClient } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import type { HttpClient } from '../../node/ports/http-client.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { freePort } from '../../scripts/free-port.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, publish, requestExchange } from '../network/exchange-helpers.ts'
import { type ForeignAnswer, openForeignConnector, type ReceivedMessage } from '../network/foreign-connector.ts'
import { ACME, type KnownPartner, openedAt, openKnownPartner } from '../network/known-partner.ts'

/** Nobody waits five seconds in a test. */
const PATIENCE_MS = 1500
const guarded = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
const http: HttpClient = { request: (sent) => guarded.request({ ...sent, timeoutMs: PATIENCE_MS }) }

const HTML = { body: '<!doctype html><title>Sign in</title>', type: 'text/html; charset=utf-8' }

let network: Network
let bureau: NetworkNode
let acme: KnownPartner
let awayPort = 0
beforeAll(async () => {
  awayPort = await freePort()
  network = await createNetwork(['authority', 'bureau', 'lab'], { nodes: { bureau: { overrides: { http } } } })
  await joinAll(network)
  bureau = network.node('bureau')
  acme = await openKnownPartner(bureau, [`http://localhost:${awayPort}`])
})
afterEach(() => {
  acme.connector.answer = () => ({ status: 200 })
})
afterAll(async () => {
  await acme[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

const offered = () => publish(bureau, [{ partners: [ACME] }])
const until = (pid: string, state: Negotiation['state']) =>
  expect.poll(async () => (await acme.negotiation(pid)).state, { timeout: 25_000 }).toBe(state)
const heardOf = (pid: string) =>
  acme.connector.received.filter(({ body }) => body['consumerPid'] === pid || body['providerPid'] === pid)
const isFirst = (message: ReceivedMessage) =>
  acme.connector.received.filter(({ body }) => body['@id'] === message.body['@id']).length === 1

/** What the node asks the connector for, with this answer to the request. */
async function asked(answer: (message: ReceivedMessage) => ForeignAnswer): Promise<Negotiation> {
  acme.connector.answer = answer
  const dataset = await offered()
  const { '@id': id, ...rules } = dataset.offers[0] ?? expect.fail('no offer')
  const body = { provider: ACME, dataset: `urn:acme:${dataset.id}`, offer: { '@id': `${id}:acme`, ...rules } }
  return bureau.api.follow('/exchanges', body, { schema: Negotiation })
}

describe('the answer to the message that opens a process', () => {
  const wrong: Readonly<Record<string, (message: ReceivedMessage) => ForeignAnswer>> = {
    'is empty': () => ({ status: 200 }),
    'is an empty object': () => ({ status: 201, body: '{}' }),
    'names another process of ours': (message) => ({
      status: 201,
      body: openedAt(message, { consumerPid: 'urn:uuid:else' }),
    }),
    'names no process of the peer': (message) => ({
      status: 201,
      body: openedAt(message, { providerPid: undefined }),
    }),
    'is not JSON': () => ({ status: 201, body: 'OK', type: 'text/plain' }),
  }
  for (const [what, answer] of Object.entries(wrong)) {
    it(`ends the process when it ${what}, because nothing more could be said in it`, async () => {
      const { state, termination, peerPid } = await asked(answer)
      expect(state).toBe('TERMINATED')
      const reasons = ['the answer of the peer does not name the process ids']
      expect(termination).toEqual({ by: 'consumer', code: 'unusable-answer', reasons })
      expect(peerPid).toBeUndefined()
    })
  }

  it('may be a 200 where the protocol says 201', async () => {
    acme.connector.answer = (message) => ({ status: 200, body: openedAt(message) })
    const { id } = await offered()
    const { pid } = await bureau.api.post('/exchanges/offers', { partner: ACME, dataset: id }, Negotiation)
    await until(pid, 'OFFERED')
  })

  it('is asked for again when a web page came instead, which no connector writes', async () => {
    const asking = asked((message) =>
      isFirst(message) ? { status: 200, ...HTML } : { status: 400, body: JSON.stringify({ reason: ['not now'] }) },
    )
    expect((await asking).termination).toMatchObject({ by: 'provider', reasons: ['not now'] })
  })
})

describe('the answer to a later message', () => {
  const said: Readonly<Record<string, { answer: ForeignAnswer; tries: number }>> = {
    'an empty 200': { answer: { status: 200 }, tries: 1 },
    'a 200 with a text': { answer: { status: 200, body: 'OK', type: 'text/plain' }, tries: 1 },
    'a 204': { answer: { status: 204 }, tries: 1 },
    'a 404 because the peer was not ready': { answer: { status: 404 }, tries: 2 },
    'a 409 because the peer was busy': { answer: { status: 409 }, tries: 2 },
    'a 401 because a token could not be checked': { answer: { status: 401 }, tries: 2 },
    'a web page with 200': { answer: { status: 200, ...HTML }, tries: 2 },
    'a web page with 500': { answer: { status: 500, ...HTML }, tries: 2 },
    'a 200 with more than any message holds': { answer: { status: 200, body: `"${'x'.repeat(300_000)}"` }, tries: 2 },
    'a redirection': { answer: { status: 302, ...HTML }, tries: 2 },
  }
  for (const [what, { answer, tries }] of Object.entries(said)) {
    it(`${tries === 1 ? 'is enough' : 'is asked for again'} when it is ${what}`, async () => {
      acme.connector.answer = (message) => (isFirst(message) ? answer : { status: 200 })
      const { providerPid } = await acme.request(await offered())
      await until(providerPid, 'AGREED')
      const agreements = heardOf(providerPid).filter(({ body }) => body['@type'] === 'ContractAgreementMessage')
      expect(agreements.map(({ body }) => body['@id'])).toEqual(Array(tries).fill(agreements[0]?.body['@id']))
    })
  }

  it('ends the negotiation when it is a refusal, and the peer is told', async () => {
    const error = { '@type': 'ContractNegotiationError', reason: ['We cannot keep this.'] }
    acme.connector.answer = ({ body }) =>
      body['@type'] === 'ContractAgreementMessage' ? { status: 400, body: JSON.stringify(error) } : { status: 200 }
    const { providerPid } = await acme.request(await offered())
    await until(providerPid, 'TERMINATED')
    expect((await acme.negotiation(providerPid)).termination).toMatchObject({
      by: 'provider',
      code: 'refused-by-peer',
      reasons: ['We cannot keep this.'],
    })
    expect(heardOf(providerPid).map(({ body }) => body['@type'])).toEqual([
      'ContractAgreementMessage',
      'ContractNegotiationTerminationMessage',
    ])
  })
})

describe('a partner that does not answer', () => {
  it('is spoken to again when it comes back, however it was away', async () => {
    const dataset = await offered()
    const away = `http://localhost:${awayPort}/deep/`
    const { providerPid, consumerPid, status } = await acme.request(dataset, { callbackAddress: away })
    expect(status).toBe(201)
    await expect.poll(async () => (await acme.negotiation(providerPid)).pending?.says).toBe('agreement')
    expect((await acme.negotiation(providerPid)).state).toBe('REQUESTED')
    await using back = await openForeignConnector(acme.secret, awayPort)
    const { path } = await back.message('ContractAgreementMessage')
    expect(path).toBe(`/deep/negotiations/${encodeURIComponent(consumerPid)}/agreement`)
    await until(providerPid, 'AGREED')
  })

  it('holds nobody else up, however many of its processes wait', async () => {
    acme.connector.answer = () => 'hang'
    const hanging = await offered()
    const opened = await Promise.all(Array.from({ length: 200 }, () => acme.request(hanging)))
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const started = performance.now()
    expect((await requestExchange(network.node('lab'), bureau, { dataset: dataset.id })).state).toBe('FINALIZED')
    expect(performance.now() - started).toBeLessThan(4 * PATIENCE_MS)
    acme.connector.answer = () => ({ status: 200 })
    for (const { providerPid } of opened) await until(providerPid, 'AGREED')
  }, 40_000)
})
