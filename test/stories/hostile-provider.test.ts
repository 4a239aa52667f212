import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { blobsFolder } from '../../node/config/data-folder.ts'
import { Refused } from '../../protocol/refusal.ts'
import { RemoteCatalog } from '../../schemas/catalog.ts'
import { CopyRecord } from '../../schemas/copies.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Did } from '../../schemas/ids.ts'
import { ContractRequestMessage, Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { type Forgery, type HostileProvider, openHostileProvider } from '../network/hostile-provider.ts'
import { publishTable } from '../network/published-table.ts'

const CHUNK = 16_384
const name = (dataset: DatasetRecord) => dataset.resources[0]?.name ?? ''

describe('a provider that signs and serves what it likes', () => {
  let network: Network
  let provider: HostileProvider
  let rival: HostileProvider
  const prepared: DatasetRecord[] = []
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival'], { settings: { chunkSize: String(CHUNK) } })
    await joinAll(network)
    for (let index = 0; index < 12; index += 1) {
      prepared.push(await publishTable(network.node('bureau'), { name: `table-${index}`, rows: 2000 }))
    }
    await network.node('bureau').stop()
    await network.node('rival').stop()
    provider = await openHostileProvider(network.node('bureau'))
    rival = await openHostileProvider(network.node('rival'))
  }, 60_000)
  afterAll(async () => {
    await provider[Symbol.asyncDispose]()
    await rival[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  const next = () => prepared.pop() ?? expect.unreachable('more datasets are needed')

  async function pull(dataset: DatasetRecord): Promise<CopyRecord> {
    const lab = network.node('lab')
    const { agreement } = await requestExchange(lab, network.node('bureau'), { dataset: dataset.id })
    const { id } = await lab.api.post('/copies', { agreement: agreement?.['@id'] }, CopyRecord)
    const copy = await lab.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
    provider.intercept = undefined
    return copy
  }

  async function pullForged(forgery: Forgery): Promise<CopyRecord> {
    const dataset = next()
    await provider.forge(dataset, forgery)
    return pull(dataset)
  }

  /** Serves one answer in place of the file, or of its leaf list. */
  function serve(path: (dataset: DatasetRecord) => string, answer: () => Response): Promise<CopyRecord> {
    const dataset = next()
    provider.intercept = ({ url }) => (new URL(url).pathname.endsWith(path(dataset)) ? answer() : undefined)
    return pull(dataset)
  }

  it('is not believed a manifest that another party signed, or that is about another dataset', async () => {
    const refused = { state: 'failed', failure: { code: 'manifest-refused' } }
    expect(await pullForged({ sign: (payload) => rival.sign(payload) })).toMatchObject(refused)
    const issuer = Did.parse(network.node('rival').did)
    expect(await pullForged({ change: (predicate) => ({ ...predicate, issuer }) })).toMatchObject(refused)
    expect(await pullForged({ change: (predicate) => ({ ...predicate, datasetId: 'urn:uuid:other' }) })).toMatchObject(
      refused,
    )
  })

  it('is not believed a manifest that its log does not hold', async () => {
    const dataset = next()
    await provider.forge(dataset, { logged: false })
    provider.intercept = ({ url }) =>
      url.endsWith('/tlog-proof') ? new Response('c2sp.org/tlog-proof@v1\nindex 0\n\n') : undefined
    expect(await pull(dataset)).toMatchObject({ state: 'failed', failure: { code: 'manifest-refused' } })
  })

  it('cannot make a pull go on for ever with a description that is none', async () => {
    for (const croissant of ['no JSON', '[1]', '{"name":7}']) {
      const copy = await pullForged({ croissant: Buffer.from(croissant) })
      expect(copy.failure?.code ?? copy.state).toBe(croissant === 'no JSON' ? 'manifest-refused' : 'complete')
    }
  })

  it('cannot fill the list of copies with the name that it gives', async () => {
    const croissant = Buffer.from(JSON.stringify({ name: `\u001b[2J${'x'.repeat(100_000)}` }))
    expect(await pullForged({ croissant })).toMatchObject({
      state: 'complete',
      title: expect.stringMatching(/^table-\d+$/),
    })
  })

  it('cannot make an agreement of other words than its offer, nor under the id of another', async () => {
    const [lab, bureau] = [network.node('lab'), network.node('bureau')]
    const dataset = next()
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    await lab.settle()
    const providerPid = 'urn:uuid:provider'
    provider.intercept = (request) => {
      if (request.method !== 'POST' || !request.url.endsWith('/negotiations/request')) return undefined
      return request.json().then((body: unknown) => {
        const { consumerPid } = ContractRequestMessage.parse(body)
        const ids = { '@type': 'ContractNegotiation', consumerPid, providerPid }
        return Response.json({ '@context': [DSP_CONTEXT], ...ids, state: 'REQUESTED' }, { status: 201 })
      })
    }
    const asked = requestExchange(lab, bureau, { dataset: dataset.id })
    const Listed = z.object({ exchanges: z.array(Negotiation) })
    const newest = async () => (await lab.api.get('/exchanges?limit=1', Listed)).exchanges[0]
    await expect.poll(async () => (await newest())?.peerPid).toBe(providerPid)
    const consumerPid = (await newest())?.pid ?? ''
    const say = (changes: object) =>
      provider.say(lab, `/negotiations/${encodeURIComponent(consumerPid)}/agreement`, {
        '@type': 'ContractAgreementMessage',
        consumerPid,
        providerPid,
        agreement: { ...agreement, '@id': 'urn:uuid:second', ...changes },
      })
    const other = network.node('rival').did
    const forgeries = [{ permission: [{ action: 'use' }] }, { prohibition: [] }, { target: 'urn:uuid:other' }]
    for (const changes of [...forgeries, { assigner: other }, { assignee: other }, { '@id': agreement?.['@id'] }]) {
      expect([JSON.stringify(changes), await say(changes)]).toEqual([JSON.stringify(changes), 400])
    }
    expect(await say({})).toBe(200)
    provider.intercept = undefined
    await provider.say(lab, `/negotiations/${encodeURIComponent(consumerPid)}/termination`, {
      '@type': 'ContractNegotiationTerminationMessage',
      consumerPid,
      providerPid,
    })
    expect((await asked).state).toBe('TERMINATED')
  })

  it('cannot fill the memory of a partner that browses, nor keep it browsing', async () => {
    const page = (texts: number, pages: { asked: number }) => {
      pages.asked += 1
      const dataset = Array.from({ length: 100 }, (_, index) => ({
        '@id': `urn:uuid:${pages.asked}-${index}`,
        '@type': 'Dataset',
        hasPolicy: [{ '@id': 'urn:uuid:offer', '@type': 'Offer', stray: 'x'.repeat(texts) }],
        distribution: [{ '@type': 'Distribution', format: 'HttpData-PULL', accessService: 'urn:uuid:service' }],
      }))
      const root = { '@id': 'urn:uuid:catalog', '@type': 'Catalog', participantId: network.node('bureau').did }
      return Response.json({ '@context': [DSP_CONTEXT], ...root, dataset })
    }
    const browse = async (texts: number) => {
      const pages = { asked: 0 }
      provider.intercept = ({ url }) => (url.endsWith('/catalog/request') ? page(texts, pages) : undefined)
      const asked = { provider: network.node('bureau').did }
      const answer = await network
        .node('lab')
        .api.post('/catalog/browse', asked, RemoteCatalog)
        .catch((error: unknown) => (error instanceof Refused ? error.refusal.code : error))
      provider.intercept = undefined
      return { answer, ...pages }
    }
    expect(await browse(100_000)).toMatchObject({ answer: 'peer-refused', asked: 4 })
    const { answer } = await browse(10)
    expect(answer).toMatchObject({ datasets: { length: 10_000 } })
  })

  it('ends the pull with a leaf list of other bytes, a redirect, and an answer of another length', async () => {
    const leaves = await serve(
      (dataset) => `${name(dataset)}.leaves`,
      () => new Response(new Uint8Array(32)),
    )
    expect(leaves).toMatchObject({ state: 'failed', failure: { code: 'manifest-refused' } })
    for (const answer of [
      () => new Response(null, { status: 302, headers: { location: network.node('rival').publicUrl } }),
      () => new Response(new Uint8Array(10), { headers: { 'content-length': '10' } }),
    ]) {
      const copy = await serve(name, answer)
      expect(copy).toMatchObject({ state: 'failed', failure: { code: 'access-ended' } })
    }
    const held = readdirSync(join(network.node('lab').dataDir, blobsFolder), { recursive: true }).map(String)
    expect(held.filter((path) => path.startsWith('pulling/') && path.endsWith('.parquet'))).toEqual([])
  })
})
