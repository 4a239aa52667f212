import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Transfer } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, publish, requestExchange, voiceOf } from '../network/exchange-helpers.ts'
import { PLACED_OFFER, placedAgreement, placeNegotiation, placeTransfer } from '../network/placed-process.ts'

type Voice = Awaited<ReturnType<typeof voiceOf>>
const TIMES = 20
const Opened = z.object({ providerPid: z.string() })
const Exchanges = z.object({ exchanges: z.array(Negotiation) })
const Pulls = z.object({ transfers: z.array(z.looseObject({ peerPid: z.string(), pid: z.string() })) })

describe('messages that come again and at once', () => {
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let asLab: Voice
  let asBureau: Voice
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'])
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
    asLab = await voiceOf(lab)
    asBureau = await voiceOf(bureau)
  })
  afterAll(async () => {
    for (const voice of [asLab, asBureau]) voice.close()
    await network[Symbol.asyncDispose]()
  })

  const toBureau = (path: string, message: object) => asLab.send(bureau, path, message)
  const toLab = (path: string, message: object) => asBureau.send(lab, path, message)
  const atOnce = <T>(send: () => Promise<T>) => Promise.all(Array.from({ length: TIMES }, send))
  const statuses = (answers: readonly { status: number }[]) =>
    answers.map(({ status }) => status).toSorted((a, b) => a - b)
  const all = (status: number) => Array.from({ length: TIMES }, () => status)
  const exchange = (node: NetworkNode, pid: string) =>
    node.api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)
  const pids = ({ role, pid, peerPid }: Negotiation | Transfer) =>
    role === 'provider' ? { providerPid: pid, consumerPid: peerPid } : { providerPid: peerPid, consumerPid: pid }
  const pathOf = ({ pid }: { pid: string }) => encodeURIComponent(pid)

  const identities = [
    { named: 'with an id', id: (name: string) => ({ '@id': `urn:uuid:message-${name}` }) },
    { named: 'without an id', id: () => ({}) },
  ]

  it.each(identities)('are one negotiation for twenty requests at once, $named (N13)', async ({ named, id }) => {
    const { id: target, offers } = await publish(bureau, [{ partners: 'members' }])
    const consumerPid = `urn:uuid:asked ${named}`.replaceAll(' ', '-')
    const request = {
      '@type': 'ContractRequestMessage',
      ...id('request'),
      consumerPid,
      offer: { ...offers[0], target },
      callbackAddress: asLab.callbackAddress,
    }
    const answers = await atOnce(() => toBureau('/negotiations/request', request))
    expect(statuses(answers)).toEqual(all(201))
    expect(new Set(answers.map(({ body }) => Opened.parse(body).providerPid)).size).toBe(1)
    const { exchanges } = await bureau.api.get('/exchanges?limit=500', Exchanges)
    expect(exchanges.filter(({ peerPid }) => peerPid === consumerPid)).toHaveLength(1)
  })

  it('are one negotiation when the request comes again with another id, and no other request may have its process id (N5)', async () => {
    const { id: target, offers } = await publish(bureau, [{ partners: 'members' }])
    const request = {
      '@type': 'ContractRequestMessage',
      '@id': 'urn:uuid:first-try',
      consumerPid: 'urn:uuid:asked-twice',
      offer: { ...offers[0], target },
      callbackAddress: asLab.callbackAddress,
    }
    const first = await toBureau('/negotiations/request', request)
    const again = await toBureau('/negotiations/request', { ...request, '@id': 'urn:uuid:second-try' })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(Opened.parse(again.body).providerPid).toBe(Opened.parse(first.body).providerPid)
    for (const other of [{ '@id': 'urn:uuid:other' }, { prohibition: [{ action: 'odrl:print' }] }]) {
      const offer = { ...request.offer, ...other }
      const answer = await toBureau('/negotiations/request', { ...request, '@id': 'urn:uuid:third', offer })
      expect(answer).toMatchObject({ status: 400, body: { code: 'conflict' } })
    }
  })

  it.each(identities)('move once for twenty verifications at once, $named (N13)', async ({ id }) => {
    const process = await placeNegotiation(bureau, { role: 'provider', peer: lab, state: 'AGREED' })
    const verification = { '@type': 'ContractAgreementVerificationMessage', ...id('verification'), ...pids(process) }
    const path = `/negotiations/${pathOf(process)}/agreement/verification`
    expect(statuses(await atOnce(() => toBureau(path, verification)))).toEqual(all(200))
    expect((await exchange(bureau, process.pid)).seen).toHaveLength(1)
  })

  it('acknowledge a verification again that comes with another id, and no longer once it is final (N5)', async () => {
    for (const [state, status] of [
      ['VERIFIED', 200],
      ['FINALIZED', 400],
    ] as const) {
      const process = await placeNegotiation(bureau, { role: 'provider', peer: lab, state })
      const verification = { '@type': 'ContractAgreementVerificationMessage', '@id': `urn:uuid:${state}` }
      const path = `/negotiations/${pathOf(process)}/agreement/verification`
      expect((await toBureau(path, { ...verification, ...pids(process) })).status).toBe(status)
    }
  })

  it.each(identities)('move once for twenty agreements at once, $named (N13)', async ({ named, id }) => {
    const process = await placeNegotiation(lab, { role: 'consumer', peer: bureau, state: 'REQUESTED' })
    const agreement = placedAgreement(bureau, lab, `urn:uuid:agreed-${named.replaceAll(' ', '-')}`)
    const message = { '@type': 'ContractAgreementMessage', ...id('agreement'), ...pids(process), agreement }
    const answers = await atOnce(() => toLab(`/negotiations/${pathOf(process)}/agreement`, message))
    expect(statuses(answers)).toEqual(all(200))
    expect(await exchange(lab, process.pid)).toMatchObject({ state: 'AGREED', agreement: { '@id': agreement['@id'] } })
    expect((await exchange(lab, process.pid)).seen).toHaveLength(1)
  })

  it('move once for twenty counter-offers at once; without an id the others are refused (N13)', async () => {
    for (const { named, id } of identities) {
      const sent = named === 'with an id' ? all(200) : [200, ...all(400).slice(1)]
      const asked = await placeNegotiation(lab, { role: 'consumer', peer: bureau, state: 'REQUESTED' })
      const offer = { '@type': 'ContractOfferMessage', ...id('offer'), ...pids(asked), offer: PLACED_OFFER }
      expect(statuses(await atOnce(() => toLab(`/negotiations/${pathOf(asked)}/offers`, offer)))).toEqual(sent)
      expect((await exchange(lab, asked.pid)).seen).toHaveLength(1)

      const offered = await placeNegotiation(bureau, { role: 'provider', peer: lab, state: 'OFFERED' })
      const request = { '@type': 'ContractRequestMessage', ...id('counter'), ...pids(offered), offer: PLACED_OFFER }
      expect(statuses(await atOnce(() => toBureau(`/negotiations/${pathOf(offered)}/request`, request)))).toEqual(sent)
      expect((await exchange(bureau, offered.pid)).seen).toHaveLength(1)
    }
  })

  it('decide a race of two different messages for one of them, and refuse the other (N13)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const process = await placeNegotiation(bureau, { role: 'provider', peer: lab, state: 'OFFERED' })
      const path = `/negotiations/${pathOf(process)}`
      const ids = pids(process)
      const answers = await Promise.all([
        toBureau(`${path}/events`, {
          '@type': 'ContractNegotiationEventMessage',
          '@id': 'urn:uuid:accepted',
          ...ids,
          eventType: 'ACCEPTED',
        }),
        toBureau(`${path}/request`, {
          '@type': 'ContractRequestMessage',
          '@id': 'urn:uuid:countered',
          ...ids,
          offer: PLACED_OFFER,
        }),
      ])
      expect(statuses(answers)).toEqual([200, 400])
      const won = answers[0].status === 200 ? 'urn:uuid:accepted' : 'urn:uuid:countered'
      expect((await exchange(bureau, process.pid)).seen).toEqual([won])
    }
  })

  it.each(identities)('are one transfer for twenty requests at once, $named (T12)', async ({ named, id }) => {
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    await network.settle()
    const consumerPid = `urn:uuid:pulled ${named}`.replaceAll(' ', '-')
    const request = {
      '@type': 'TransferRequestMessage',
      ...id('pull'),
      consumerPid,
      agreementId: agreement?.['@id'],
      format: 'HttpData-PULL',
      callbackAddress: asLab.callbackAddress,
    }
    const answers = await atOnce(() => toBureau('/transfers/request', request))
    expect(statuses(answers)).toEqual(all(201))
    expect(new Set(answers.map(({ body }) => Opened.parse(body).providerPid)).size).toBe(1)
    const { transfers } = await bureau.api.get('/transfers?limit=500', Pulls)
    expect(transfers.filter(({ peerPid }) => peerPid === consumerPid)).toHaveLength(1)
  })

  it.each(identities)('suspend once for twenty suspensions at once, $named (T12)', async ({ id }) => {
    const process = await placeTransfer(bureau, { role: 'provider', peer: lab, state: 'STARTED' })
    const message = { '@type': 'TransferSuspensionMessage', ...id('suspension'), ...pids(process) }
    const answers = await atOnce(() => toBureau(`/transfers/${pathOf(process)}/suspension`, message))
    expect(statuses(answers)).toEqual(all(200))
    const after = await bureau.api.get(`/transfers/${pathOf(process)}`, Transfer)
    expect([after.state, after.suspendedBy, after.seen.length]).toEqual(['SUSPENDED', 'consumer', 1])
  })

  it('decide a race of a completion and a suspension for one of them, and refuse the other (T12)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const process = await placeTransfer(bureau, { role: 'provider', peer: lab, state: 'STARTED' })
      const path = `/transfers/${pathOf(process)}`
      const answers = await Promise.all([
        toBureau(`${path}/completion`, {
          '@type': 'TransferCompletionMessage',
          '@id': 'urn:uuid:completed',
          ...pids(process),
        }),
        toBureau(`${path}/suspension`, {
          '@type': 'TransferSuspensionMessage',
          '@id': 'urn:uuid:suspended',
          ...pids(process),
        }),
      ])
      expect(statuses(answers)).toEqual([200, 400])
      const { state } = await bureau.api.get(path, Transfer)
      expect(state).toBe(answers[0].status === 200 ? 'COMPLETED' : 'SUSPENDED')
    }
  })
})
