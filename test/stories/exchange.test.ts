import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Refused } from '../../protocol/refusal.ts'
import { Did } from '../../schemas/ids.ts'
import { OfferForecast, ProtocolVersions, RemoteCatalog } from '../../schemas/catalog.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import {
  joinAll,
  publish,
  purposesOf,
  requestExchange,
  voiceOf,
  withdrawSilently,
} from '../network/exchange-helpers.ts'

const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

describe('an exchange between two nodes', () => {
  let network: Network
  let research = ''
  let other = ''
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival', 'stranger'])
    await joinAll(network, ['stranger'])
    const [first = '', second = ''] = await purposesOf(network.node('bureau'))
    research = first
    other = second
  })
  afterAll(() => network[Symbol.asyncDispose]())

  const browse = (from: string) => {
    const provider = network.node('bureau').did
    return network.node(from).api.post('/catalog/browse', { provider }, RemoteCatalog)
  }
  const stateAt = async (name: string, pid: string) =>
    (await network.node(name).api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)).state

  it('needs nobody to know the version of the protocol beforehand', async () => {
    const document = await fetch(`${network.node('bureau').publicUrl}/dsp/.well-known/dspace-version`)
    const { protocolVersions } = ProtocolVersions.parse(await document.json())
    expect(protocolVersions).toMatchObject([{ version: '2025-1', path: '/2025-1', binding: 'HTTPS' }])
  })

  it('begins with a catalog that shows a partner what it may have, and nothing to a stranger', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const open = await publish(bureau, [{ partners: 'members' }])
    const named = await publish(bureau, [{ partners: [Did.parse(lab.did)] }])
    const ids = (catalog: RemoteCatalog) => catalog.datasets.map((dataset) => dataset.id)
    expect(ids(await browse('lab'))).toEqual(expect.arrayContaining([open.id, named.id]))
    expect(ids(await browse('rival'))).toContain(open.id)
    expect(ids(await browse('rival'))).not.toContain(named.id)
    expect(await browse('stranger').catch(code)).toBe('peer-refused')
  })

  it('ends FINALIZED on both sides with the same agreement, within milliseconds', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members', purposes: [research], pulls: 2 }])
    const started = performance.now()
    const process = await requestExchange(lab, bureau, { dataset: dataset.id, purpose: research })
    const took = performance.now() - started
    console.info(`negotiated in ${took.toFixed(0)} ms`)
    expect(process.state).toBe('FINALIZED')
    await network.settle()
    const theirs = await bureau.api.get(`/exchanges/${encodeURIComponent(process.peerPid ?? '')}`, Negotiation)
    expect(theirs.state).toBe('FINALIZED')
    expect(theirs.agreement).toEqual(process.agreement)
    expect(process.agreement).toMatchObject({ assigner: bureau.did, assignee: lab.did, target: dataset.id })
    expect(process.agreement?.permission).toEqual(dataset.offers[0]?.permission)
  })

  it('is refused for a purpose that the offer does not allow, and the refusal says so in words', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members', purposes: [research] }])
    const forecasts = z.object({ forecasts: z.array(OfferForecast) })
    const ask = { provider: bureau.did, dataset: dataset.id, purpose: other }
    const dry = await lab.api.post('/policy/explain', ask, forecasts)
    expect(dry.forecasts[0]?.decision).toMatchObject({ permitted: false, reasons: [{ reason: 'purpose-not-allowed' }] })
    const process = await requestExchange(lab, bureau, { dataset: dataset.id, purpose: other })
    expect(process.state).toBe('TERMINATED')
    expect(process.termination).toMatchObject({ by: 'provider', code: 'policy-denied' })
    expect(process.termination?.reasons[0]).toContain(`The purpose “${other}” is not allowed; allowed: ${research}`)
    const own = { dataset: dataset.id, partner: lab.did, purpose: research }
    expect((await bureau.api.post('/policy/explain-own', own, forecasts)).forecasts[0]?.decision.permitted).toBe(true)
  })

  it('makes no new agreement on a dataset that was withdrawn', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const voice = await voiceOf(lab)
    await withdrawSilently(bureau, dataset.id)
    expect(await requestExchange(lab, bureau, { dataset: dataset.id }).catch(code)).toBe('not-found')
    const offer = { ...dataset.offers[0], target: dataset.id }
    const message = {
      '@type': 'ContractRequestMessage',
      consumerPid: 'urn:uuid:late',
      offer,
      callbackAddress: voice.callbackAddress,
    }
    const answer = await voice.send(bureau, '/negotiations/request', message)
    expect(answer).toMatchObject({ status: 201, body: { state: 'REQUESTED' } })
    await network.settle()
    const { providerPid } = z.object({ providerPid: z.string() }).parse(answer.body)
    expect(await stateAt('bureau', providerPid)).toBe('TERMINATED')
    voice.close()
  })

  it('answers 404 to a member who asks about a process of someone else, and 400 to what is not possible', async () => {
    const [bureau, lab, rival] = [network.node('bureau'), network.node('lab'), network.node('rival')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const process = await requestExchange(lab, bureau, { dataset: dataset.id })
    await network.settle()
    const [own, foreign] = [await voiceOf(lab), await voiceOf(rival)]
    const path = `/negotiations/${encodeURIComponent(process.peerPid ?? '')}`
    const pids = { providerPid: process.peerPid, consumerPid: process.pid }
    const termination = { '@type': 'ContractNegotiationTerminationMessage', ...pids }
    expect(await foreign.send(bureau, path)).toEqual({ status: 404, body: undefined })
    expect(await foreign.send(bureau, `${path}/termination`, termination)).toEqual({ status: 404, body: undefined })
    expect(await own.send(bureau, path)).toMatchObject({ status: 200, body: { state: 'FINALIZED', ...pids } })
    expect(await own.send(bureau, `${path}/termination`, termination)).toMatchObject({
      status: 400,
      body: { '@type': 'ContractNegotiationError', code: 'illegal-transition', ...pids },
    })
    expect(await stateAt('bureau', process.peerPid ?? '')).toBe('FINALIZED')
    own.close()
    foreign.close()
  })

  it('takes the same request twice, also at the same moment, as one', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const voice = await voiceOf(lab)
    const message = {
      '@type': 'ContractRequestMessage',
      consumerPid: 'urn:uuid:twice',
      offer: { ...dataset.offers[0], target: dataset.id },
      callbackAddress: voice.callbackAddress,
    }
    const answers = await Promise.all([1, 2, 3, 4].map(() => voice.send(bureau, '/negotiations/request', message)))
    expect(new Set(answers.map(({ body }) => z.object({ providerPid: z.string() }).parse(body).providerPid)).size).toBe(
      1,
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    const changed = { ...message, offer: { ...message.offer, target: 'urn:uuid:else' } }
    expect((await voice.send(bureau, '/negotiations/request', changed)).status).toBe(400)
    voice.close()
  })

  it('comes to one end when a verification and a termination arrive at the same moment', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const voice = await voiceOf(lab)
    const consumerPid = 'urn:uuid:racing'
    const opened = await voice.send(bureau, '/negotiations/request', {
      '@type': 'ContractRequestMessage',
      consumerPid,
      offer: { ...dataset.offers[0], target: dataset.id },
      callbackAddress: voice.callbackAddress,
    })
    const { providerPid } = z.object({ providerPid: z.string() }).parse(opened.body)
    const path = `/negotiations/${encodeURIComponent(providerPid)}`
    await expect
      .poll(
        async () => (await bureau.api.get(`/exchanges/${encodeURIComponent(providerPid)}`, Negotiation)).pending?.says,
      )
      .toBe('agreement')
    const [verified, ended] = await Promise.all([
      voice.send(bureau, `${path}/agreement/verification`, {
        '@type': 'ContractAgreementVerificationMessage',
        consumerPid,
        providerPid,
      }),
      voice.send(bureau, `${path}/termination`, {
        '@type': 'ContractNegotiationTerminationMessage',
        consumerPid,
        providerPid,
      }),
    ])
    expect(ended.status).toBe(200)
    expect([200, 400]).toContain(verified.status)
    expect(await stateAt('bureau', providerPid)).toBe('TERMINATED')
    voice.close()
  })

  it('goes on by itself when either side was down in between', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    for (const node of [bureau, lab]) {
      const begun = z.object({ pid: z.string() })
      let pid = ''
      let restarted: Promise<void> | undefined
      const asked = lab.api
        .follow(
          '/exchanges',
          { provider: bureau.did, dataset: dataset.id },
          {
            schema: Negotiation,
            onProgress: (progress) => {
              pid = begun.parse(progress).pid
              restarted ??= node.restart()
            },
          },
        )
        .catch(() => undefined)
      await asked
      await restarted
      await expect.poll(() => stateAt('lab', pid), { timeout: 8000 }).toBe('FINALIZED')
    }
  }, 20_000)

  it('refuses a callback address that is not the caller’s', async () => {
    const [bureau, lab, rival] = [network.node('bureau'), network.node('lab'), network.node('rival')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const voice = await voiceOf(lab)
    const message = {
      '@type': 'ContractRequestMessage',
      consumerPid: 'urn:uuid:astray',
      offer: { ...dataset.offers[0], target: dataset.id },
      callbackAddress: `${rival.publicUrl}/dsp/2025-1`,
    }
    expect(await voice.send(bureau, '/negotiations/request', message)).toMatchObject({
      status: 400,
      body: { '@type': 'ContractNegotiationError' },
    })
    voice.close()
  })

  it('agrees to nothing but its own offer: changed rules and unknown offers end the negotiation with the reason', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members', pulls: 1 }])
    const other = await publish(bureau, [{ partners: 'members' }])
    const voice = await voiceOf(lab)
    const [offer] = dataset.offers
    const cases = [
      ['offer-differs', { ...offer, target: dataset.id, permission: [{ action: 'use' }] }],
      ['offer-differs', { ...offer, target: dataset.id, prohibition: undefined }],
      ['offer-unknown', { ...offer, target: other.id }],
      ['offer-unknown', { ...offer, '@id': 'urn:uuid:invented', target: dataset.id }],
    ] as const
    for (const [index, [code, asked]] of cases.entries()) {
      const answer = await voice.send(bureau, '/negotiations/request', {
        '@type': 'ContractRequestMessage',
        consumerPid: `urn:uuid:changed-${index}`,
        offer: asked,
        callbackAddress: voice.callbackAddress,
      })
      const { providerPid } = z.object({ providerPid: z.string() }).parse(answer.body)
      const path = `/exchanges/${encodeURIComponent(providerPid)}`
      await expect.poll(async () => (await bureau.api.get(path, Negotiation)).termination?.code).toBe(code)
    }
    voice.close()
  })

  it('answers malformed messages with 4xx and moves nothing', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const process = await requestExchange(lab, bureau, { dataset: dataset.id })
    const voice = await voiceOf(lab)
    const path = `/negotiations/${encodeURIComponent(process.peerPid ?? '')}`
    let deep: unknown = { leftOperand: 'purpose', operator: 'eq', rightOperand: 'x' }
    for (let level = 0; level < 200; level += 1) deep = { and: [deep] }
    const offer = { '@id': 'x', '@type': 'Offer', permission: [{ action: 'use', constraint: [deep] }] }
    const first = { '@type': 'ContractRequestMessage', consumerPid: 'x', callbackAddress: voice.callbackAddress }
    expect((await voice.send(bureau, '/negotiations/request', { ...first, offer })).status).toBe(400)
    const base = { ...first, providerPid: process.peerPid, consumerPid: process.pid, eventType: 'ACCEPTED' }
    const messages = fc.sample(
      fc.record(
        {
          '@type': fc.constantFrom<unknown>(
            'ContractRequestMessage',
            'ContractNegotiationEventMessage',
            'TransferStartMessage',
            7,
          ),
          consumerPid: fc.oneof(fc.constant(process.pid), fc.jsonValue()),
          providerPid: fc.oneof(fc.constant(process.peerPid), fc.jsonValue()),
          offer: fc.oneof(fc.constant(offer), fc.jsonValue()),
          eventType: fc.oneof(fc.constantFrom('ACCEPTED', 'FINALIZED'), fc.jsonValue()),
          '@context': fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      120,
    )
    const places = ['/request', '/offers', '/agreement', '/events', '/agreement/verification', '/termination']
    for (const [index, message] of messages.entries()) {
      const broken = { ...base, '@id': `urn:uuid:broken-${index}`, ...message }
      const { status } = await voice.send(bureau, path + places[index % places.length], broken)
      expect([400, 404]).toContain(status)
    }
    expect((await voice.send(bureau, '/negotiations/nothing')).status).toBe(404)
    expect(await stateAt('bureau', process.peerPid ?? '')).toBe('FINALIZED')
    voice.close()
  })
})
