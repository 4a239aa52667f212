import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { sameRules } from '../../protocol/policy/canonical.ts'
import { Did } from '../../schemas/ids.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, publish, purposesOf, requestExchange } from '../network/exchange-helpers.ts'
import { refusalOf } from '../refusal-of.ts'

const Inbox = z.object({ exchanges: z.array(Negotiation) })

describe('a negotiation that people decide', () => {
  let network: Network
  let research = ''
  let other = ''
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'], { settings: { negotiationStrategy: 'manual' } })
    await joinAll(network)
    const [first = '', second = ''] = await purposesOf(network.node('bureau'))
    research = first
    other = second
  })
  afterAll(() => network[Symbol.asyncDispose]())

  const inbox = async (name: string) => (await network.node(name).api.get('/exchanges/inbox', Inbox)).exchanges
  const say = (name: string, { pid, verb, body = {} }: { pid: string; verb: string; body?: object }) =>
    network.node(name).api.post(`/exchanges/${encodeURIComponent(pid)}/${verb}`, body, Negotiation)
  const at = (name: string, pid: string) =>
    network.node(name).api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)
  /** Waits until the process is in this state with nothing on its way. */
  const until = async (name: string, pid: string, state: Negotiation['state']) => {
    await expect
      .poll(async () => [(await at(name, pid)).state, (await at(name, pid)).pending])
      .toEqual([state, undefined])
    return at(name, pid)
  }
  async function waiting(name: string, dataset: string): Promise<Negotiation> {
    const found = async () => (await inbox(name)).find((each) => each.datasetId === dataset)
    await expect.poll(found).toBeDefined()
    return (await found()) ?? expect.fail('nothing waits')
  }
  async function asked(terms: Parameters<typeof publish>[1][number], purpose?: string) {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const { id } = await publish(bureau, [terms])
    const ask = requestExchange(lab, bureau, { dataset: id, ...(purpose === undefined ? {} : { purpose }) })
    return { dataset: id, ask }
  }

  it('waits for the provider, and is final once she accepts', async () => {
    const { dataset, ask } = await asked({ purposes: [research] }, research)
    const { pid, state } = await waiting('bureau', dataset)
    expect(state).toBe('REQUESTED')
    await say('bureau', { pid, verb: 'acceptance' })
    expect((await ask).state).toBe('FINALIZED')
    expect((await inbox('bureau')).some((each) => each.pid === pid)).toBe(false)
    expect(await refusalOf(say('bureau', { pid, verb: 'acceptance' }))).toMatchObject({ code: 'conflict' })
  })

  it('goes back and forth with edited terms until one side accepts those of the other', async () => {
    const { dataset, ask } = await asked({ pulls: 1 })
    const { pid } = await waiting('bureau', dataset)
    await say('bureau', { pid, verb: 'counter', body: { terms: { pulls: 3, purposes: [research] } } })
    const offered = await ask
    expect([offered.state, offered.offeredBy]).toEqual(['OFFERED', 'provider'])
    expect((await inbox('lab')).map((each) => each.pid)).toContain(offered.pid)
    const body = { terms: { pulls: 2, purposes: [research] } }
    await say('lab', { pid: offered.pid, verb: 'counter', body })
    const requested = await until('bureau', pid, 'REQUESTED')
    expect(requested.offeredBy).toBe('consumer')
    await say('bureau', { pid, verb: 'counter', body: { terms: { pulls: 2 } } })
    await until('lab', offered.pid, 'OFFERED')
    const accepted = await say('lab', { pid: offered.pid, verb: 'acceptance' })
    const end = await until('lab', offered.pid, 'FINALIZED')
    expect(end.agreement === undefined ? false : sameRules(end.agreement, accepted.offer)).toBe(true)
    expect((await until('bureau', pid, 'FINALIZED')).agreement).toEqual(end.agreement)
  })

  it('is final on the terms of the consumer when the provider accepts them', async () => {
    const { dataset, ask } = await asked({ pulls: 1 })
    const { pid } = await waiting('bureau', dataset)
    await say('bureau', { pid, verb: 'counter', body: { terms: { pulls: 2 } } })
    const consumer = (await ask).pid
    const countered = await say('lab', { pid: consumer, verb: 'counter', body: { terms: { pulls: 5 } } })
    await until('bureau', pid, 'REQUESTED')
    await say('bureau', { pid, verb: 'acceptance' })
    const end = await until('lab', consumer, 'FINALIZED')
    expect(end.agreement === undefined ? false : sameRules(end.agreement, countered.pending?.offer ?? end.offer)).toBe(
      true,
    )
    expect(JSON.stringify(end.agreement)).toContain('"5"')
  })

  it('ends with the words of the one who refuses', async () => {
    const { dataset, ask } = await asked({})
    const { pid } = await waiting('bureau', dataset)
    await say('bureau', { pid, verb: 'termination', body: { reason: 'Not before the audit.' } })
    expect((await ask).termination).toMatchObject({ by: 'provider', reasons: ['Not before the audit.'] })
  })

  it('asks nobody about what the policy denies', async () => {
    const { dataset, ask } = await asked({ purposes: [research] }, other)
    expect((await ask).termination).toMatchObject({ by: 'provider', code: 'policy-denied' })
    expect((await inbox('bureau')).filter((each) => each.datasetId === dataset)).toEqual([])
  })

  it('is opened by the provider for a partner that has not asked', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const { id, offers } = await publish(bureau, [{ partners: [Did.parse(lab.did)] }])
    const { pid } = await bureau.api.post('/exchanges/offers', { partner: lab.did, dataset: id }, Negotiation)
    const offered = await waiting('lab', id)
    expect([offered.state, offered.role, offered.offer['@id']]).toEqual(['OFFERED', 'consumer', offers[0]?.['@id']])
    await say('lab', { pid: offered.pid, verb: 'acceptance' })
    const ends = await Promise.all([until('lab', offered.pid, 'FINALIZED'), until('bureau', pid, 'FINALIZED')])
    expect(ends[0].agreement).toEqual(ends[1].agreement)
    const transferable = await lab.api.get(
      `/agreements/${encodeURIComponent(ends[0].agreement?.['@id'] ?? '')}`,
      z.unknown(),
    )
    expect(transferable).toMatchObject({ role: 'consumer', datasetId: id, peer: bureau.did })
  })

  it('refuses terms with words that the rulebook does not know, and leaves everything as it was', async () => {
    const { dataset, ask } = await asked({})
    const { pid } = await waiting('bureau', dataset)
    const constraint = [{ leftOperand: 'spatial', operator: 'eq', rightOperand: 'EU' }]
    const offer = { '@id': 'urn:uuid:x', '@type': 'Offer', permission: [{ action: 'use', constraint }] }
    const body = { offer }
    expect(await refusalOf(say('bureau', { pid, verb: 'counter', body }))).toMatchObject({
      code: 'policy-refused',
    })
    expect((await at('bureau', pid)).state).toBe('REQUESTED')
    await say('bureau', { pid, verb: 'termination', body: { reason: 'No.' } })
    expect((await ask).state).toBe('TERMINATED')
  })
})
