import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processesBetween } from '../hostile/scene.ts'
import { differences, rowsOf, stillHears, storm, type Target } from '../hostile/storm.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, publish, requestExchange, voiceOf } from '../network/exchange-helpers.ts'

/** `npm run hostile` sends more, to nodes in processes of their own. */
const MESSAGES = 250
const MOST_GROWTH_MB = 48

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapMb = () => {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

describe('messages that no partner may send', () => {
  let network: Network
  let target: Target
  let close: () => void
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival'])
    await joinAll(network)
    const [bureau, lab, rival] = [network.node('bureau'), network.node('lab'), network.node('rival')]
    const live = await processesBetween(bureau, lab)
    const voices = await Promise.all([bureau, lab, rival].map(async (site) => ({ site, ...(await voiceOf(site)) })))
    target = { live, speakers: voices, stranger: rival }
    close = () => voices.forEach((voice) => voice.close())
    await network.settle()
  })
  afterAll(async () => {
    close()
    await network[Symbol.asyncDispose]()
  })

  it('are all refused, whatever is wrong with them, and move nothing in any state of any process', async () => {
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const rows = () => [...rowsOf(bureau), ...rowsOf(lab)]
    const before = rows()
    const heap = heapMb()
    const { wrong, slowestMs } = await storm(target, { count: MESSAGES, seed: 1 })
    expect(wrong).toEqual([])
    await network.settle()
    expect(differences(before, rows())).toEqual([])
    expect(heapMb() - heap).toBeLessThan(MOST_GROWTH_MB)
    expect(slowestMs).toBeLessThan(8000)
  }, 60_000)

  it('leave every process able to hear what its peer may say, and the nodes able to negotiate', async () => {
    const { heard, wrong } = await stillHears(target)
    expect(wrong).toEqual([])
    expect(heard).toBeGreaterThan(30)
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publish(bureau, [{ partners: 'members' }])
    expect((await requestExchange(lab, bureau, { dataset: dataset.id })).state).toBe('FINALIZED')
  })
})
