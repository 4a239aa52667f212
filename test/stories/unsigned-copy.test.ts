import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { CopyRecord } from '../../schemas/copies.ts'
import { Transfer } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { ACME, type KnownPartner, openedAt, openKnownPartner } from '../network/known-partner.ts'
import { tanemaki } from '../run-cli.ts'

const Progress = z.object({ pid: z.string() })
const Shown = z.object({ copy: CopyRecord, path: z.string() })

describe('the copy of a dataset that a connector of another make gives without a manifest', () => {
  let network: Network
  let lab: NetworkNode
  let acme: KnownPartner
  let data: Server
  const bytes = randomBytes(300_000)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const ranges: (string | undefined)[] = []

  beforeAll(async () => {
    network = await createNetwork(['lab'])
    lab = network.node('lab')
    await lab.api.post('/space', { name: 'Own space' }, z.unknown())
    acme = await openKnownPartner(lab)
    acme.connector.answer = (message) => {
      const { providerPid } = message.body
      return { status: 200, body: openedAt(message, { providerPid: providerPid ?? 'acme-1' }) }
    }
    data = createServer(({ headers }, response) => {
      if (headers.authorization !== 'Bearer eyJ.token') return response.writeHead(403).end()
      ranges.push(headers.range)
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0)
      const part = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }
      const common = { 'content-length': bytes.length - from, 'content-type': 'text/csv', etag: '"v1"' }
      response.writeHead(from === 0 ? 200 : 206, { ...common, ...(from === 0 ? {} : part) })
      if (from > 0) return response.end(bytes.subarray(from))
      return response.write(bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
    })
    await new Promise<void>((resolve) => data.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    data.closeAllConnections()
    data.close()
    await acme[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  const tell = async (path: string, message: object) => {
    const { status, body } = await acme.connector.send(`${acme.base}${path}`, message)
    expect([status, body]).toEqual([200, expect.anything()])
  }

  async function bought(): Promise<{ agreement: string; exchange: string }> {
    const target = `asset-${randomUUID()}`
    const permission = [{ action: 'use' }]
    const offer = { '@id': `offer:${target}`, '@type': 'Offer', permission }
    const consumerPid = await new Promise<string>((resolve, reject) => {
      const onProgress = (progress: unknown) => resolve(Progress.parse(progress).pid)
      lab.api
        .follow('/exchanges', { provider: ACME, dataset: target, offer }, { schema: z.unknown(), onProgress })
        .catch(reject)
    })
    const state = async () => (await acme.negotiation(consumerPid)).state
    await expect.poll(state).toBe('REQUESTED')
    const pids = { consumerPid, providerPid: 'acme-1' }
    const agreement = {
      '@id': `urn:uuid:${randomUUID()}`,
      '@type': 'Agreement',
      target,
      assigner: ACME,
      assignee: lab.did,
      timestamp: '2026-06-01T12:00:00Z',
      permission,
    }
    const at = `/negotiations/${encodeURIComponent(consumerPid)}`
    await tell(`${at}/agreement`, { '@type': 'ContractAgreementMessage', ...pids, agreement })
    await expect.poll(state).toBe('VERIFIED')
    await tell(`${at}/events`, { '@type': 'ContractNegotiationEventMessage', ...pids, eventType: 'FINALIZED' })
    return { agreement: agreement['@id'], exchange: consumerPid }
  }

  it('arrives over plain HTTP through an interruption, and says what is proven of it and what is not', async () => {
    const { agreement, exchange } = await bought()
    const { id, transferId } = await lab.api.post('/copies', { agreement }, CopyRecord)
    const transfer = () => lab.api.get(`/transfers/${encodeURIComponent(transferId)}`, Transfer)
    await expect.poll(async () => (await transfer()).state).toBe('REQUESTED')
    const dataAddress = {
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: `http://localhost:${(data.address() as AddressInfo).port}/public`,
      endpointProperties: [{ '@type': 'EndpointProperty', name: 'authorization', value: 'eyJ.token' }],
    }
    const pids = { consumerPid: transferId, providerPid: 'acme-1' }
    const start = { '@type': 'TransferStartMessage', ...pids, dataAddress }
    await tell(`/transfers/${encodeURIComponent(transferId)}/start`, start)
    await lab.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
    const { copy, path } = await lab.api.get(`/copies/${id}`, Shown)
    expect(copy).toMatchObject({ state: 'complete', provider: ACME, resources: [], size: bytes.length })
    expect(copy.unsigned).toEqual([{ name: 'data', size: bytes.length, mediaType: 'text/csv', sha256 }])
    expect([copy.manifestId, copy.records]).toEqual([undefined, undefined])
    expect(readFileSync(join(path, 'data'))).toEqual(bytes)
    expect(ranges).toEqual([undefined, 'bytes=100000-'])
    await expect.poll(async () => (await transfer()).state).toBe('COMPLETED')
    const shown = await tanemaki(['--data', lab.dataDir, 'exchange', 'show', exchange])
    expect(shown.out).toMatch(/manifest +missing +The provider binds none/)

    const verified = await tanemaki(['--data', lab.dataDir, 'copy', 'verify', id])
    expect(verified.out).toMatch(/^none +manifest missing: the provider signs none, so nothing proves/m)
    expect(verified.out).toContain(`ok    data ${sha256}`)
    expect(verified.code).toBe(0)
    appendFileSync(join(path, 'data'), 'x')
    const changed = await tanemaki(['--data', lab.dataDir, 'copy', 'verify', id])
    expect(changed.out).toMatch(/^FAIL +data .*the bytes are not those that arrived/m)
    expect(changed.code).toBe(1)
  })
})
