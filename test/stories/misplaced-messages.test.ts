import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { publish } from '../network/exchange-helpers.ts'
import { ACME, type KnownPartner, openedAt, openKnownPartner } from '../network/known-partner.ts'

let network: Network
let bureau: NetworkNode
let acme: KnownPartner
beforeAll(async () => {
  network = await createNetwork(['bureau'])
  bureau = network.node('bureau')
  await bureau.api.post('/space', { name: 'Own space' }, z.unknown())
  acme = await openKnownPartner(bureau)
})
afterAll(async () => {
  await acme[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

const offered = () => publish(bureau, [{ partners: [ACME] }])
const until = (pid: string, state: Negotiation['state']) =>
  expect.poll(async () => (await acme.negotiation(pid)).state).toBe(state)
const at = (pid: string, verb: string) => `${acme.base}/negotiations/${encodeURIComponent(pid)}${verb}`
const saidAbout = (pid: string) =>
  acme.connector.received.filter(({ body }) => Object.values(body).includes(pid)).map(({ body }) => body['@type'])

/** A negotiation that the connector has opened as consumer and in which it has verified the agreement. */
async function finalized(more: object = {}) {
  const opened = await acme.request(await offered())
  const { providerPid, consumerPid } = opened
  await until(providerPid, 'AGREED')
  const message = { '@type': 'ContractAgreementVerificationMessage', providerPid, consumerPid, ...more }
  expect((await acme.connector.send(at(providerPid, '/agreement/verification'), message)).status).toBe(200)
  await until(providerPid, 'FINALIZED')
  return { providerPid, consumerPid }
}

/** The refusal names both processes, and the process is what it was. */
async function refused(pids: { providerPid: string; consumerPid: string }, path: string, message: object) {
  const before = await acme.negotiation(pids.providerPid)
  const answer = await acme.connector.send(at(pids.providerPid, path), { ...pids, ...message })
  expect(answer).toMatchObject({
    status: 400,
    body: {
      '@context': [DSP_CONTEXT],
      '@type': 'ContractNegotiationError',
      ...pids,
      reason: expect.arrayContaining([expect.any(String)]),
    },
  })
  expect(await acme.negotiation(pids.providerPid)).toEqual(before)
}

const verification = { '@type': 'ContractAgreementVerificationMessage' }
const termination = { '@type': 'ContractNegotiationTerminationMessage', reason: ['No.'] }
const event = (eventType: string) => ({ '@type': 'ContractNegotiationEventMessage', eventType })

describe('the callback address', () => {
  it('is the one of the first message, whatever a later message says', async () => {
    const { providerPid } = await finalized({ callbackAddress: 'http://localhost:1/elsewhere' })
    expect(saidAbout(providerPid)).toEqual(['ContractAgreementMessage', 'ContractNegotiationEventMessage'])
    expect((await acme.negotiation(providerPid)).peerAddress).toBe(acme.connector.origin)
  })

  it('cannot be changed by a counter-offer', async () => {
    const dataset = await offered()
    const { providerPid, consumerPid } = await acme.request(dataset)
    await until(providerPid, 'AGREED')
    const offer = { ...dataset.offers[0], target: dataset.id }
    const callbackAddress = 'http://localhost:1/elsewhere'
    await refused({ providerPid, consumerPid }, '/request', {
      '@type': 'ContractRequestMessage',
      offer,
      callbackAddress,
    })
  })

  it.each(['http://localhost:1', 'https://acme.example', 'x', 'file:///etc/passwd', 'http://user@localhost:1'])(
    'is refused when it is %s, which is no address of the caller',
    async (callbackAddress) => {
      const { status, body, consumerPid } = await acme.request(await offered(), { callbackAddress })
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { '@type': 'ContractNegotiationError', code: 'invalid-request', consumerPid },
      })
      expect(body).toHaveProperty('providerPid')
    },
  )
})

describe('a message that comes too late', () => {
  it('is refused in FINALIZED', async () => {
    const pids = await finalized()
    await refused(pids, '/termination', termination)
    await refused(pids, '/agreement/verification', { ...verification, '@id': 'urn:uuid:late' })
    await refused(pids, '/events', event('ACCEPTED'))
  })

  it('is refused in TERMINATED', async () => {
    const pids = await acme.request(await offered())
    const { providerPid, consumerPid } = pids
    const end = { providerPid, consumerPid, ...termination }
    expect((await acme.connector.send(at(providerPid, '/termination'), end)).status).toBe(200)
    await refused({ providerPid, consumerPid }, '/agreement/verification', verification)
    await refused({ providerPid, consumerPid }, '/termination', { ...termination, reason: ['Again.'] })
  })

  it('is refused in COMPLETED and TERMINATED of a transfer', async () => {
    const { providerPid: negotiation } = await finalized()
    const agreementId = (await acme.negotiation(negotiation)).agreement?.['@id']
    for (const [word, state] of [
      ['completion', 'COMPLETED'],
      ['termination', 'TERMINATED'],
    ] as const) {
      const consumerPid = `urn:acme:${word}:${negotiation}`
      const request = {
        '@type': 'TransferRequestMessage',
        format: 'HttpData-PULL',
        callbackAddress: acme.connector.origin,
      }
      const opened = await acme.connector.send(`${acme.base}/transfers/request`, {
        ...request,
        consumerPid,
        agreementId,
      })
      const { providerPid } = z.object({ providerPid: z.string() }).parse(opened.body)
      const path = `${acme.base}/transfers/${encodeURIComponent(providerPid)}`
      const pids = { providerPid, consumerPid }
      await expect.poll(async () => (await acme.connector.send(path)).body).toMatchObject({ state: 'STARTED' })
      const say = (type: string, verb: string, more: object = {}) =>
        acme.connector.send(`${path}/${verb}`, { '@type': `Transfer${type}Message`, ...pids, ...more })
      const last = word === 'completion' ? 'Completion' : 'Termination'
      expect((await say(last, word)).body).toMatchObject({ state })
      for (const [type, verb] of [
        ['Start', 'start'],
        ['Suspension', 'suspension'],
        ['Completion', 'completion'],
        ['Termination', 'termination'],
      ] as const) {
        expect(await say(type, verb, { '@id': `urn:uuid:${verb}-late` })).toMatchObject({
          status: 400,
          body: { '@type': 'TransferError', code: 'illegal-transition', ...pids },
        })
      }
      expect((await acme.connector.send(path)).body).toMatchObject({ state, ...pids })
    }
  })
})

describe('a message of the wrong side', () => {
  it('is refused: a consumer neither offers nor agrees nor finalizes', async () => {
    const dataset = await offered()
    const { providerPid, consumerPid } = await acme.request(dataset)
    await until(providerPid, 'AGREED')
    const pids = { providerPid, consumerPid }
    const { agreement } = await acme.negotiation(providerPid)
    const offer = { ...dataset.offers[0], target: dataset.id }
    await refused(pids, '/events', event('FINALIZED'))
    await refused(pids, '/offers', { '@type': 'ContractOfferMessage', offer })
    await refused(pids, '/agreement', { '@type': 'ContractAgreementMessage', agreement })
  })
})

describe('an agreement that a provider sends', () => {
  /** The node asks, and the connector is the provider. */
  async function asking() {
    const dataset = await offered()
    const { '@id': id, ...rules } = dataset.offers[0] ?? expect.fail('no offer')
    acme.connector.answer = (message) =>
      message.body['@type'] === 'ContractRequestMessage'
        ? { status: 201, body: openedAt(message, { providerPid: `urn:acme:${dataset.id}` }) }
        : { status: 200 }
    const asked = { '@id': `${id}:acme`, ...rules }
    const target = `urn:acme:${dataset.id}`
    const pid = await new Promise<string>((resolve, reject) => {
      const onProgress = (progress: unknown) => resolve(z.object({ pid: z.string() }).parse(progress).pid)
      const body = { provider: ACME, dataset: target, offer: asked }
      bureau.api.follow('/exchanges', body, { schema: Negotiation, onProgress }).catch(reject)
    })
    await until(pid, 'REQUESTED')
    const pids = { consumerPid: pid, providerPid: target }
    const parties = { assigner: ACME, assignee: bureau.did, target, timestamp: '2026-06-01T00:00:00Z' }
    return {
      pids,
      agreement: { ...asked, '@id': `urn:acme:agreement:${dataset.id}`, '@type': 'Agreement', ...parties },
    }
  }
  const send = async (pids: { consumerPid: string; providerPid: string }, verb: string, message: object) =>
    acme.connector.send(at(pids.consumerPid, verb), { ...pids, ...message })

  it('is refused with other rules, parties or dataset, and the negotiation waits for the right one', async () => {
    const { pids, agreement } = await asking()
    for (const change of [
      { permission: [{ action: 'use' }] },
      { prohibition: [{ action: 'use' }] },
      { obligation: undefined },
      { target: 'urn:acme:else' },
      { assigner: 'urn:connector:else' },
      { assignee: 'did:web:else.example' },
    ]) {
      const message = { '@type': 'ContractAgreementMessage', agreement: { ...agreement, ...change } }
      expect(await send(pids, '/agreement', message)).toMatchObject({
        status: 400,
        body: { '@type': 'ContractNegotiationError', code: 'invalid-request', ...pids },
      })
    }
    const waiting = await acme.negotiation(pids.consumerPid)
    expect([waiting.state, waiting.agreement]).toEqual(['REQUESTED', undefined])
    expect((await send(pids, '/agreement', { '@type': 'ContractAgreementMessage', agreement })).status).toBe(200)
    await until(pids.consumerPid, 'VERIFIED')
  })

  it('is refused, and the negotiation ends as soon as the provider says so', async () => {
    const { pids, agreement } = await asking()
    const wrong = { ...agreement, permission: [{ action: 'use' }] }
    expect((await send(pids, '/agreement', { '@type': 'ContractAgreementMessage', agreement: wrong })).status).toBe(400)
    expect((await send(pids, '/termination', termination)).status).toBe(200)
    const ended = await acme.negotiation(pids.consumerPid)
    expect([ended.state, ended.agreement]).toEqual(['TERMINATED', undefined])
  })

  it('is the only way to one: a provider neither asks nor accepts nor verifies', async () => {
    const { pids, agreement } = await asking()
    for (const [verb, message] of [
      ['/events', event('ACCEPTED')],
      ['/events', event('FINALIZED')],
      ['/agreement/verification', verification],
      ['/request', { '@type': 'ContractRequestMessage', offer: { ...agreement, '@type': 'Offer' } }],
    ] as const) {
      expect(await send(pids, verb, message)).toMatchObject({
        status: 400,
        body: { '@type': 'ContractNegotiationError', code: 'illegal-transition', ...pids },
      })
    }
    expect((await acme.negotiation(pids.consumerPid)).state).toBe('REQUESTED')
  })
})

describe('an error', () => {
  it('has no body where there is no process that it could name', async () => {
    const { connector, base } = acme
    const message = { providerPid: 'x', consumerPid: 'y', ...verification }
    const none = async (url: string, status: number, authorization?: string) =>
      expect(await connector.send(url, message, authorization)).toEqual({ status, body: undefined })
    for (const kind of ['negotiations', 'transfers']) {
      await none(`${base}/${kind}/nothing/termination`, 404)
      await none(`${base}/${kind}/nothing/nothing`, 404)
      await none(`${base}/${kind}/request`, 401, 'Bearer nobody')
      const long = { ...message, long: 'x'.repeat(300_000) }
      const answer = await connector
        .send(`${base}/${kind}/request`, long)
        .catch(() => ({ status: 413, body: undefined }))
      expect(answer).toEqual({ status: 413, body: undefined })
    }
  })
})
