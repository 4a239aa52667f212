import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Transfer } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import {
  DSP,
  EDC,
  EDC_CONTEXT,
  EDC_ID,
  type EdcConnector,
  edcProvider,
  openEdcConnector,
  rewritten,
  TO_EDC,
} from '../network/edc-connector.ts'
import { publish } from '../network/exchange-helpers.ts'

const Pids = z.looseObject({ providerPid: z.string(), consumerPid: z.string() })

let network: Network
let bureau: NetworkNode
let edc: EdcConnector
beforeAll(async () => {
  network = await createNetwork(['bureau'])
  bureau = network.node('bureau')
  await bureau.api.post('/space', { name: 'Own space' }, z.unknown())
  edc = await openEdcConnector(bureau)
})
afterAll(async () => {
  await edc[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

/** The answer must be one that EDC can read: JSON, or nothing. */
async function post(path: string, message: object): Promise<{ status: number; body: unknown }> {
  const { type, ...answer } = await edc.post(path, message)
  expect([null, 'application/json']).toContain(type)
  return answer
}
const processPath = (kind: string, pid: string, verb: string) => `/${kind}/${encodeURIComponent(pid)}${verb}`
const shown = (pid: string) => bureau.api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)
const transfer = (pid: string) => bureau.api.get(`/transfers/${encodeURIComponent(pid)}`, Transfer)
const offered = () => publish(bureau, [{ partners: [EDC_ID] }])

/** EDC as consumer up to the agreement that it was sent. */
async function agreed() {
  const dataset = await offered()
  const [offer] = dataset.offers
  if (offer === undefined) return expect.fail('no offer')
  const { status, body } = await post('/negotiations/request', {
    '@type': 'ContractRequestMessage',
    consumerPid: randomUUID(),
    callbackAddress: edc.callback,
    offer: { '@id': offer['@id'], '@type': 'Offer', assigner: bureau.did, target: dataset.id, ...rewritten(offer) },
  })
  expect(status).toBe(201)
  expect(body).toMatchObject({ '@context': [DSP], '@type': 'ContractNegotiation', state: 'REQUESTED' })
  const pids = Pids.pick({ providerPid: true, consumerPid: true }).strip().parse(body)
  await expect.poll(async () => (await shown(pids.providerPid)).state).toBe('AGREED')
  return { dataset, offer, pids }
}

async function finalized() {
  const { pids, ...rest } = await agreed()
  const path = processPath('negotiations', pids.providerPid, '/agreement/verification')
  expect((await post(path, { '@type': 'ContractAgreementVerificationMessage', ...pids })).status).toBe(200)
  await expect.poll(async () => (await shown(pids.providerPid)).state).toBe('FINALIZED')
  const agreementId = (await shown(pids.providerPid)).agreement?.['@id'] ?? ''
  return { ...rest, pids, agreementId }
}

describe('an Eclipse connector that consumes', () => {
  it('reads the catalog with both contexts and a charset', async () => {
    const { id } = await offered()
    const { status, body } = await post('/catalog/request', { '@type': 'CatalogRequestMessage' })
    expect(status).toBe(200)
    expect(JSON.stringify(body)).toContain(id)
  })

  it('gets an agreement at once to the rules that it wrote in its own way, and they are as it wrote them', async () => {
    const { offer, pids } = await agreed()
    const [message] = edc.about(pids.providerPid)
    expect([message?.path, message?.authorization]).toEqual([
      `/protocol/2025-1/negotiations/${pids.consumerPid}/agreement`,
      TO_EDC,
    ])
    const { agreement } = z.object({ agreement: z.looseObject({}) }).parse(message?.body)
    expect(agreement).toMatchObject({
      '@type': 'Agreement',
      assigner: bureau.did,
      assignee: EDC_ID,
      timestamp: expect.stringMatching(/Z$/),
      permission: [{ constraint: rewritten(offer).permission[0]?.constraint }],
    })
    expect(JSON.stringify(agreement)).not.toContain('[]')
  })

  it('finalizes, pulls, pauses, goes on and completes', async () => {
    const { agreementId } = await finalized()
    const consumerPid = randomUUID()
    const request = { '@type': 'TransferRequestMessage', consumerPid, agreementId, format: 'HttpData-PULL' }
    const opened = await post('/transfers/request', { ...request, callbackAddress: edc.callback })
    expect(opened).toMatchObject({ status: 201, body: { '@context': [DSP], '@type': 'TransferProcess' } })
    const { providerPid } = Pids.parse(opened.body)
    const state = async () => (await transfer(providerPid)).state
    await expect.poll(state).toBe('STARTED')
    const address = JSON.stringify(edc.about(providerPid)[0]?.body['dataAddress'])
    for (const name of ['endpoint', 'authorization', 'authType', 'endpointType']) {
      expect(address).toContain(`{"@type":"EndpointProperty","name":"${EDC}${name}"`)
    }
    const say = async (type: string, verb: string, more: object = {}) => {
      const path = processPath('transfers', providerPid, verb)
      return (await post(path, { '@type': `Transfer${type}Message`, providerPid, consumerPid, ...more })).status
    }
    expect(await say('Suspension', '/suspension', { code: '', reason: ['a pause'] })).toBe(200)
    expect(await state()).toBe('SUSPENDED')
    expect(await say('Start', '/start')).toBe(200)
    expect(await state()).toBe('STARTED')
    expect(await say('Completion', '/completion')).toBe(200)
    expect(await state()).toBe('COMPLETED')
  })

  it('may name a data address with nothing in it for a pull', async () => {
    const { agreementId } = await finalized()
    const dataAddress = { '@type': 'DataAddress', endpointType: 'HttpData', endpointProperties: [] }
    const { status } = await post('/transfers/request', {
      '@type': 'TransferRequestMessage',
      consumerPid: randomUUID(),
      agreementId,
      format: 'HttpData-PULL',
      callbackAddress: edc.callback,
      dataAddress,
    })
    expect(status).toBe(201)
  })

  it.each<[string, object, string[]]>([
    ['no reason', {}, []],
    ['a text', { code: '409', reason: 'No.' }, ['No.']],
    ['a list of texts', { code: '', reason: ['No.', 'Never.'] }, ['No.', 'Never.']],
    ['an empty list', { reason: [] }, []],
    ['values with languages', { reason: [{ '@value': 'No.', '@language': 'en' }] }, ['No.']],
    ['a value and a thing', { reason: [{ '@value': 'No.' }, { '@id': 'urn:x' }, 7] }, ['No.']],
  ])('ends a negotiation with %s for a reason', async (_, cause, reasons) => {
    const { pids } = await agreed()
    const path = processPath('negotiations', pids.providerPid, '/termination')
    const message = { '@type': 'ContractNegotiationTerminationMessage', ...pids, ...cause }
    expect((await post(path, message)).status).toBe(200)
    expect((await shown(pids.providerPid)).termination).toMatchObject({ by: 'consumer', reasons })
  })
})

describe('an Eclipse connector that provides', () => {
  async function asked(timestamp: string) {
    const dataset = await offered()
    const [own] = dataset.offers
    if (own === undefined) return expect.fail('no offer')
    const target = `asset-${randomUUID()}`
    const offer = { '@id': `offer:${target}`, '@type': 'Offer' as const, ...rewritten(own) }
    const providerPid = randomUUID()
    edc.connector.answer = edcProvider(providerPid)
    const consumerPid = await new Promise<string>((resolve, reject) => {
      const onProgress = (progress: unknown) => resolve(z.object({ pid: z.string() }).parse(progress).pid)
      bureau.api
        .follow('/exchanges', { provider: EDC_ID, dataset: target, offer }, { schema: Negotiation, onProgress })
        .catch(reject)
    })
    await expect.poll(async () => (await shown(consumerPid)).state).toBe('REQUESTED')
    const pids = { providerPid, consumerPid }
    const agreement = {
      '@id': randomUUID(),
      '@type': 'Agreement',
      target,
      assigner: EDC_ID,
      assignee: bureau.did,
      timestamp,
      ...rewritten(own),
    }
    const answer = await post(processPath('negotiations', consumerPid, '/agreement'), {
      '@type': 'ContractAgreementMessage',
      ...pids,
      agreement,
    })
    return { pids, agreement, answer }
  }

  async function bought(timestamp = '2026-06-01T12:00:00.123456789Z') {
    const { pids, agreement, answer } = await asked(timestamp)
    expect(answer.status).toBe(200)
    await expect.poll(async () => (await shown(pids.consumerPid)).state).toBe('VERIFIED')
    const event = { '@type': 'ContractNegotiationEventMessage', ...pids, eventType: 'FINALIZED' }
    expect((await post(processPath('negotiations', pids.consumerPid, '/events'), event)).status).toBe(200)
    return agreement
  }

  it.each([
    '2026-06-01T12:00:00.123456789Z',
    '2026-06-01T12:00:00Z',
    '2026-06-01T21:00:00.5+09:00',
    '2026-06-01T12:00:00',
  ])('agrees at %s, and the agreement is kept as it was written', async (timestamp) => {
    const agreement = await bought(timestamp)
    const path = `/agreements/${encodeURIComponent(agreement['@id'])}`
    const kept = await bureau.api.get(path, z.looseObject({ agreement: z.looseObject({}) }))
    expect(kept.agreement).toMatchObject({ timestamp, assigner: EDC_ID })
  })

  const endpoint = 'https://edc.example/public'
  const property = (name: string, value: string) => ({ '@type': 'EndpointProperty', name, value })
  it.each<[string, object]>([
    [
      'properties in its namespace',
      {
        endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
        endpointProperties: [
          property(`${EDC}endpoint`, endpoint),
          property(`${EDC}authorization`, 'eyJ.token'),
          property(`${EDC}authType`, 'bearer'),
        ],
      },
    ],
    [
      'the form of the specification',
      {
        endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
        endpoint,
        endpointProperties: [property('authorization', 'eyJ.token'), property('authType', 'bearer')],
      },
    ],
    [
      'one property that is no list',
      { endpointType: 'HttpData', endpoint, endpointProperties: property('authorization', 'eyJ.token') },
    ],
  ])('starts a transfer with %s', async (_, given) => {
    const agreement = await bought()
    const providerPid = randomUUID()
    edc.connector.answer = edcProvider(providerPid)
    const { pid } = await bureau.api.post('/transfers', { agreement: agreement['@id'] }, Transfer)
    await expect.poll(async () => (await transfer(pid)).state).toBe('REQUESTED')
    const dataAddress = { '@type': 'DataAddress', ...given }
    const start = { '@type': 'TransferStartMessage', providerPid, consumerPid: pid, dataAddress }
    expect((await post(processPath('transfers', pid, '/start'), start)).status).toBe(200)
    expect((await transfer(pid)).state).toBe('STARTED')
    const end = { '@type': 'TransferTerminationMessage', providerPid, consumerPid: pid, reason: 'over' }
    expect((await post(processPath('transfers', pid, '/termination'), end)).status).toBe(200)
  })

  it.each([401, 409])('is asked again when it answers %i with an error that names no process', async (status) => {
    const dataset = await offered()
    const error = {
      '@context': EDC_CONTEXT,
      '@type': 'ContractNegotiationError',
      code: String(status),
      reason: ['later'],
    }
    let refusals = 0
    edc.connector.answer = ({ body }) => {
      if (body['@type'] !== 'ContractNegotiationTerminationMessage' && refusals === 0) {
        refusals += 1
        return { status, body: JSON.stringify(error) }
      }
      return { status: 200, type: 'application/json' }
    }
    const [offer] = dataset.offers
    const { body } = await post('/negotiations/request', {
      '@type': 'ContractRequestMessage',
      consumerPid: randomUUID(),
      callbackAddress: edc.callback,
      offer: { ...offer, target: dataset.id },
    })
    const { providerPid } = Pids.parse(body)
    await expect.poll(async () => (await shown(providerPid)).state).toBe('AGREED')
    expect(refusals).toBe(1)
  })
})
