import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Did } from '../../schemas/ids.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, publish, requestExchange, voiceOf } from '../network/exchange-helpers.ts'

type Voice = Awaited<ReturnType<typeof voiceOf>>
const Opened = z.object({ providerPid: z.string() })

describe('a member that does not keep to the rules', () => {
  let network: Network
  let lab: Voice
  let rival: Voice
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival'])
    await joinAll(network)
    lab = await voiceOf(network.node('lab'))
    rival = await voiceOf(network.node('rival'))
  })
  afterAll(async () => {
    for (const voice of [lab, rival]) voice.close()
    await network[Symbol.asyncDispose]()
  })

  const ask = (voice: Voice, consumerPid: string, offer: object) =>
    voice.send(network.node('bureau'), '/negotiations/request', {
      '@type': 'ContractRequestMessage',
      consumerPid,
      offer,
      callbackAddress: voice.callbackAddress,
    })

  it('learns nothing of an offer to others, not even that there is one', async () => {
    const bureau = network.node('bureau')
    const dataset = await publish(bureau, [{ partners: [Did.parse(network.node('lab').did)] }])
    const ended = async (consumerPid: string, target: string) => {
      const answer = await ask(rival, consumerPid, { ...dataset.offers[0], target })
      const path = `/exchanges/${encodeURIComponent(Opened.parse(answer.body).providerPid)}`
      await expect.poll(async () => (await bureau.api.get(path, Negotiation)).state).toBe('TERMINATED')
      return (await bureau.api.get(path, Negotiation)).termination
    }
    const hidden = await ended('urn:uuid:hidden', dataset.id)
    expect(hidden).toEqual(await ended('urn:uuid:absent', 'urn:uuid:00000000-0000-4000-8000-000000000000'))
    expect(JSON.stringify(hidden)).not.toContain(network.node('lab').did)
  })

  it('cannot give identifiers that a terminal would obey', async () => {
    const bureau = network.node('bureau')
    const dataset = await publish(bureau, [{ partners: 'members' }])
    const offer = { ...dataset.offers[0], target: dataset.id }
    for (const strange of ['\u0000', '\u001b[2J', '\n', '\u009b1m', '\u202e']) {
      expect((await ask(lab, `urn:uuid:${strange}`, offer)).status).toBe(400)
    }
  })

  it('cannot use one process id for two agreements', async () => {
    const bureau = network.node('bureau')
    const agreements: string[] = []
    for (const dataset of [
      await publish(bureau, [{ partners: 'members' }]),
      await publish(bureau, [{ partners: 'members' }]),
    ]) {
      const { agreement } = await requestExchange(network.node('lab'), bureau, { dataset: dataset.id })
      agreements.push(agreement?.['@id'] ?? '')
    }
    await network.settle()
    const request = (agreementId = '') =>
      lab.send(bureau, '/transfers/request', {
        '@type': 'TransferRequestMessage',
        consumerPid: 'urn:uuid:one',
        agreementId,
        format: 'HttpData-PULL',
        callbackAddress: lab.callbackAddress,
      })
    const [first, second] = agreements
    const answers = await Promise.all([request(first), request(first), request(first)])
    expect(new Set(answers.map(({ body }) => Opened.parse(body).providerPid)).size).toBe(1)
    expect(await request(second)).toMatchObject({ status: 400, body: { '@type': 'TransferError', code: 'conflict' } })
    expect((await request(first)).body).toMatchObject(Opened.parse(answers[0]?.body))
  })

  it('gets as many pulls as were agreed on, however many it asks for at once', async () => {
    const bureau = network.node('bureau')
    const dataset = await publish(bureau, [{ partners: 'members', pulls: 2 }])
    const { agreement } = await requestExchange(network.node('lab'), bureau, { dataset: dataset.id })
    await network.settle()
    const request = (index: number) =>
      lab.send(bureau, '/transfers/request', {
        '@type': 'TransferRequestMessage',
        consumerPid: `urn:uuid:pull-${index}`,
        agreementId: agreement?.['@id'],
        format: 'HttpData-PULL',
        callbackAddress: lab.callbackAddress,
      })
    await Promise.all(Array.from({ length: 20 }, (_, index) => request(index)))
    const Transfers = z.object({
      transfers: z.array(z.looseObject({ agreementId: z.string(), state: z.string(), use: z.int().optional() })),
    })
    const mine = async () => {
      const { transfers } = await bureau.api.get('/transfers?limit=500', Transfers)
      return transfers.filter(({ agreementId }) => agreementId === agreement?.['@id'])
    }
    await expect
      .poll(async () => (await mine()).filter(({ state }) => state === 'TERMINATED').length, { timeout: 8000 })
      .toBe(18)
    expect((await mine()).flatMap(({ use }) => (use === undefined ? [] : [use])).toSorted((a, b) => a - b)).toEqual([
      1, 2,
    ])
  })
})
