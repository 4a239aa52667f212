import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Logger } from '../../node/telemetry/logger.ts'
import { RemoteCatalog } from '../../schemas/catalog.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, publish, requestExchange } from '../network/exchange-helpers.ts'
import { shiftedClock } from '../network/identity-node.ts'
import { refusalOf } from '../refusal-of.ts'

const MINUTES_2 = 120_000

describe('two nodes whose clocks differ', () => {
  const clock = shiftedClock()
  const warned: string[] = []
  const log: Logger = {
    info: () => {},
    warn: (event, fields) => warned.push(JSON.stringify({ event, ...fields })),
    error: () => {},
  }
  let network: Network
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'], {
      nodes: {
        bureau: { overrides: { log }, settings: { negotiationStrategy: 'manual' } },
        lab: { overrides: { clock, log } },
      },
    })
    await joinAll(network)
  })
  afterAll(() => network[Symbol.asyncDispose]())

  async function apart(ms: number, work: () => Promise<void>): Promise<void> {
    warned.length = 0
    clock.forward(ms)
    try {
      await work()
    } finally {
      clock.forward(-ms)
    }
  }
  const browse = () => {
    const { lab, bureau } = { lab: network.node('lab'), bureau: network.node('bureau') }
    return lab.api.post('/catalog/browse', { provider: bureau.did }, RemoteCatalog)
  }

  it.each([4000, -4000])('understand each other within the five seconds that tokens bear (%i ms)', (ms) =>
    apart(ms, async () => {
      const { id } = await publish(network.node('bureau'), [{ partners: 'members' }])
      expect((await browse()).datasets.map((dataset) => dataset.id)).toContain(id)
    }),
  )

  it.each([
    [MINUTES_2, 'behind', /begins 1\d\d s ahead of the clock here/],
    [-MINUTES_2, 'ahead', /ended [56]\d s ago by the clock here/],
  ])('refuse each other when it is two minutes (%i ms), and both sides are told why', (ms, where, reason) =>
    apart(ms, async () => {
      const refusal = await refusalOf(browse())
      expect(refusal.code).toBe('peer-refused')
      expect(refusal.hint).toMatch(new RegExp(`Set both clocks by NTP: that of the partner is 1[12]\\d s ${where}`))
      const told = warned.map((line) => z.looseObject({ event: z.string() }).parse(JSON.parse(line)))
      expect(told).toContainEqual({
        event: 'caller-refused',
        code: 'token.time',
        reason: expect.stringMatching(reason),
      })
      expect(told).toContainEqual({
        event: 'clocks-differ',
        peer: network.node('bureau').did,
        aheadSeconds: expect.any(Number),
      })
    }),
  )

  it('end a negotiation that could not begin with the difference as its reason', () =>
    apart(MINUTES_2, async () => {
      const [bureau, lab] = [network.node('bureau'), network.node('lab')]
      const { id, offers } = await publish(bureau, [{ partners: 'members' }])
      const body = { provider: bureau.did, dataset: id, offer: offers[0] }
      const { state, termination } = await lab.api.follow('/exchanges', body, { schema: Negotiation })
      expect(state).toBe('TERMINATED')
      expect(termination?.reasons).toEqual([
        'the peer answered 401',
        expect.stringMatching(/^the clocks of both sides differ by 1[12]\d s$/),
      ])
    }))

  it('go on with what had begun once the clocks are right again', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const { id } = await publish(bureau, [{ partners: 'members' }])
    const asked = requestExchange(lab, bureau, { dataset: id })
    const Inbox = z.object({ exchanges: z.array(Negotiation) })
    const waiting = async () =>
      (await bureau.api.get('/exchanges/inbox', Inbox)).exchanges.find((each) => each.datasetId === id)
    await expect.poll(waiting).toBeDefined()
    const path = `/exchanges/${encodeURIComponent((await waiting())?.pid ?? '')}`
    await apart(MINUTES_2, async () => {
      await bureau.api.post(`${path}/acceptance`, {}, Negotiation)
      await expect.poll(() => warned.join()).toContain('token.time')
      expect(await bureau.api.get(path, Negotiation)).toMatchObject({
        state: 'REQUESTED',
        pending: { says: 'agreement' },
      })
    })
    expect((await asked).state).toBe('FINALIZED')
  })
})
