import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Refused } from '../../protocol/refusal.ts'
import { RemoteCatalog } from '../../schemas/catalog.ts'
import { CopyRecord, PullProgress } from '../../schemas/copies.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { IssuedInvitation, Membership, Space } from '../../schemas/governance.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange, voiceOf } from '../network/exchange-helpers.ts'
import { shiftedClock } from '../network/identity-node.ts'
import { publishTable } from '../network/published-table.ts'

const day = 24 * 3_600_000
const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)
const Shown = z.object({ copy: CopyRecord, progress: PullProgress })

describe('a membership that ends during an exchange', () => {
  const clock = shiftedClock()
  let network: Network
  let authority: NetworkNode
  let bureau: NetworkNode
  let lab: NetworkNode
  let dataset: DatasetRecord

  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival', 'foreigner'], {
      settings: { chunkSize: '16384', transferBytesPerSecond: '150000', drainSeconds: '0.1' },
      overrides: { clock },
    })
    authority = network.node('authority')
    bureau = network.node('bureau')
    lab = network.node('lab')
    await joinAll(network, ['rival', 'foreigner'])
    dataset = await publishTable(bureau, { name: 'table', rows: 4000 })
  })
  afterAll(() => network[Symbol.asyncDispose]())

  const browse = (node: NetworkNode) => node.api.post('/catalog/browse', { provider: bureau.did }, RemoteCatalog)
  const request = { '@type': 'CatalogRequestMessage' }

  it('is not replaced by one of another space', async () => {
    const [rival, foreigner] = [network.node('rival'), network.node('foreigner')]
    await rival.api.post('/space', { name: 'Other space' }, Space)
    const { invitation } = await rival.api.post('/invitations', { name: 'Foreigner' }, IssuedInvitation)
    expect(await foreigner.api.post('/membership', { invitation }, Membership)).toMatchObject({ state: 'active' })
    const voice = await voiceOf(foreigner)
    expect((await voice.send(bureau, '/catalog/request', request)).status).toBe(401)
    expect(await browse(foreigner).catch(code)).toBe('peer-refused')
    expect(await requestExchange(foreigner, bureau, { dataset: dataset.id }).catch(code)).toBe('peer-refused')
    voice.close()
  })

  it('stops the pull under way, and lets it go on once it is renewed', async () => {
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    const started = await lab.api.post('/copies', { agreement: agreement?.['@id'] }, CopyRecord)
    const shown = () => lab.api.get(`/copies/${started.id}`, Shown)
    await expect.poll(async () => (await shown()).progress.verified).toBeGreaterThan(0)
    await authority.stop()
    clock.forward(8 * day)
    await expect.poll(async () => (await shown()).progress.waiting, { timeout: 10_000 }).toBe('provider')
    const before = await shown()
    expect(before.copy.state).toBe('pulling')
    expect(before.progress.verified).toBeLessThan(dataset.size)
    expect(await lab.api.get('/membership', Membership)).toMatchObject({ state: 'expired' })
    expect(await requestExchange(lab, bureau, { dataset: dataset.id }).catch(code)).toBe('peer-refused')
    for (const node of [authority, bureau]) await node.restart()
    // What was refused a moment ago is asked again only after a while.
    clock.forward(60_000)
    await lab.restart()
    const received: number[] = []
    const onProgress = (line: unknown) => received.push(PullProgress.parse(line).received)
    const copy = await lab.api.follow(`/copies/${started.id}/follow`, {}, { schema: CopyRecord, onProgress })
    expect(copy.state).toBe('complete')
    expect(Math.max(...received)).toBeLessThanOrEqual(dataset.size - before.progress.verified)
    expect(await lab.api.get('/membership', Membership)).toMatchObject({ state: 'active' })
  })
})
