import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createReceiptStore } from '../../node/adapters/sqlite/receipt-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { blobsFolder, databaseFile } from '../../node/config/data-folder.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import { PushProgress } from '../../schemas/pushes.ts'
import { Transfer } from '../../schemas/transfer.ts'
import { builtCli } from '../built.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange, voiceOf } from '../network/exchange-helpers.ts'
import { type HttpStorage, openHttpStorage } from '../network/http-storage.ts'
import { publishTable, type TableOptions } from '../network/published-table.ts'
import { openS3Storage, S3_KEYS } from '../network/s3-storage.ts'

const DOCUMENTS = ['croissant.json', 'evaluation-report.json', 'manifest.tlog-proof', 'manifest.dsse.json']
const SECRET = 'sink-secret-4711'
const Listed = z.object({ transfers: z.array(Transfer) })
const refusalOf = (error: unknown) => (error instanceof Refused ? error.refusal : error)

function partPath(node: NetworkNode, dataset: DatasetRecord, part = 0): string {
  const folder = join(node.dataDir, blobsFolder, 'datasets', dataset.id.slice('urn:uuid:'.length))
  return join(folder, dataset.resources[part]?.name ?? '')
}

/** Runs the node as a process of its own, as users do; gives what ends it with SIGKILL. */
async function asProcess(node: NetworkNode): Promise<() => Promise<void>> {
  await node.stop()
  const child = spawn(process.execPath, [builtCli, '--data', node.dataDir, 'node', 'start'], { stdio: 'ignore' })
  const answers = () =>
    node.api.get('/node', z.unknown()).then(
      () => true,
      () => false,
    )
  await expect.poll(answers).toBe(true)
  return async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

describe('a push between two nodes', () => {
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let sink: HttpStorage
  let made = 0
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384', transferBytesPerSecond: '400000', drainSeconds: '0.1', pushPatienceSeconds: '3' },
    })
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
  })
  afterAll(() => network[Symbol.asyncDispose]())
  beforeEach(async () => {
    sink = await openHttpStorage()
  })
  afterEach(() => sink[Symbol.asyncDispose]())

  const published = (options: Partial<TableOptions> = {}) =>
    publishTable(bureau, { name: `table-${(made += 1)}`, rows: 2000, ...options })
  async function agree(dataset: DatasetRecord): Promise<string> {
    const process = await requestExchange(lab, bureau, { dataset: dataset.id })
    return process.agreement?.['@id'] ?? expect.fail(`ended ${process.state}`)
  }
  const address = (more: object = {}) => ({
    kind: 'http',
    url: `${sink.url}/in/${SECRET}?sig=${SECRET}`,
    headers: { authorization: `Bearer ${SECRET}` },
    ...more,
  })
  const push = async (agreement: string, to: object = address()) => lab.api.post('/pushes', { agreement, to }, Transfer)
  const ended = ({ pid }: Transfer) =>
    lab.api.follow(`/transfers/${encodeURIComponent(pid)}/follow`, {}, { schema: Transfer })
  const atProvider = async ({ pid }: Transfer) => {
    const { transfers } = await bureau.api.get('/transfers', Listed)
    return transfers.find((transfer) => transfer.peerPid === pid)
  }
  const providerPid = async (transfer: Transfer) => (await atProvider(transfer))?.pid ?? ''
  const names = () => sink.files.map(({ path }) => path.split('/').at(-1)?.split('?')[0])
  const say = async (transfer: Transfer, what: 'suspension' | 'start' | 'termination') =>
    bureau.api.post(
      `/transfers/${encodeURIComponent(await providerPid(transfer))}/${what}`,
      what === 'start' ? {} : { reason: 'maintenance' },
      Transfer,
    )

  it('brings every file, its documents and last the manifest, described and authorized', async () => {
    const dataset = await published({ rowsPerPart: 700 })
    const agreement = await agree(dataset)
    const started = await push(agreement)
    expect(started).toMatchObject({ format: 'HttpData-PUSH', sink: sink.url, role: 'consumer' })
    expect((await ended(started)).state).toBe('COMPLETED')
    expect(names()).toEqual([...dataset.resources.map(({ name }) => name), ...DOCUMENTS])
    for (const [index, { name, digest, size, mediaType }] of dataset.resources.entries()) {
      const { bytes, headers, path, method } = sink.files[index] ?? expect.fail('a file is missing')
      expect(bytes.equals(readFileSync(partPath(bureau, dataset, index)))).toBe(true)
      const base64 = Buffer.from(digest.sha256, 'hex').toString('base64')
      expect([method, path]).toEqual(['PUT', `/in/${SECRET}/${name}?sig=${SECRET}`])
      expect(headers).toMatchObject({
        authorization: `Bearer ${SECRET}`,
        'content-type': mediaType,
        'content-length': String(size),
        digest: `sha-256=${base64}`,
        'repr-digest': `sha-256=:${base64}:`,
      })
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest.sha256)
    }
    const envelope = DsseEnvelope.parse(JSON.parse(sink.files.at(-1)?.bytes.toString() ?? ''))
    expect(readManifest(dssePayload(envelope) ?? new Uint8Array(0), dataset.manifestId)).toMatchObject({ ok: true })
    const files = await bureau.api.get(
      `/transfers/${encodeURIComponent(await providerPid(started))}/files`,
      PushProgress,
    )
    expect(files.files.every((file) => file.state === 'sent' && file.acknowledged === file.size)).toBe(true)
    expect(files.files).toHaveLength(dataset.resources.length + DOCUMENTS.length)
  })

  it('signs the start on both sides, and no receipt says that anything arrived', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    await ended(await push(agreement))
    const receipts = async () => {
      const db = openDatabase(join(lab.dataDir, databaseFile))
      const found = await createReceiptStore(db, () => 0).ofExchange(agreement)
      db.close()
      return found.map(({ state, receipt }) => [receipt.type, state])
    }
    await expect.poll(receipts, { timeout: 5000 }).toEqual([
      ['AgreementFinalized', 'co-signed'],
      ['TransferStarted', 'co-signed'],
    ])
  })

  it('shows and stores no secret of the storage on either side, and forgets the address after the end', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    sink.misbehave = (request) => void request.resume() === undefined
    const started = await push(agreement)
    await expect.poll(async () => (await atProvider(started))?.state).toBe('STARTED')
    for (const node of [bureau, lab]) {
      const path = `/transfers?agreement=${encodeURIComponent(agreement)}`
      for (const shown of [await node.api.get('/transfers', z.unknown()), await node.api.get(path, z.unknown())]) {
        expect(JSON.stringify(shown)).not.toContain(SECRET)
      }
      for (const file of [databaseFile, `${databaseFile}-wal`]) {
        expect(readFileSync(join(node.dataDir, file)).includes(SECRET)).toBe(false)
      }
    }
    await say(started, 'termination')
    await ended(started)
    const kept = () => {
      const db = openDatabase(join(bureau.dataDir, databaseFile))
      const rows = db.orm.all<{ n: number }>('select count(*) as n from transfers where sealed_sink is not null')
      db.close()
      return rows[0]?.n
    }
    await expect.poll(kept, { timeout: 5000 }).toBe(0)
  })

  it('needs a storage that it can read and may connect to, and says what is wrong', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    const voice = await voiceOf(lab)
    let sent = 0
    const ask = async (format: string, dataAddress?: object) => {
      sent += 1
      const answer = await voice.send(bureau, '/transfers/request', {
        '@type': 'TransferRequestMessage',
        consumerPid: `urn:uuid:asked-${made}-${sent}`,
        agreementId: agreement,
        format,
        callbackAddress: voice.callbackAddress,
        ...(dataAddress === undefined ? {} : { dataAddress }),
      })
      return [answer.status, JSON.stringify(answer.body)]
    }
    const at = (name: string, value: string, endpointType = 'HttpData') => ({
      '@type': 'DataAddress',
      endpointType,
      endpointProperties: [{ '@type': 'EndpointProperty', name, value }],
    })
    const signed = (name: string) => at(`urn:tanemaki:put:v1:${name}`, `${sink.url}/x`, 'AmazonS3')
    const refused: [string, object | undefined, string][] = [
      ['HttpData-PUSH', undefined, 'a push needs a dataAddress'],
      ['AmazonS3-PUSH', undefined, 'a push needs a dataAddress'],
      ['HttpData-PUSH', at('region', 'x'), 'url: is missing'],
      ['HttpData-PUSH', at('baseUrl', 'https://127.0.0.1/in'), 'not one that this node connects to'],
      ['HttpData-PUSH', at('baseUrl', 'http://metadata.example/latest'), 'not one that this node connects to'],
      ['AmazonS3-PUSH', at('bucketName', 'b-1', 'AmazonS3'), 'accessKeyId: is missing'],
      ['AmazonS3-PUSH', signed('manifest.dsse.json'), 'no address for'],
      ['Kafka-PUSH', at('topic', 'x'), 'no distribution of this format'],
    ]
    for (const [format, dataAddress, reason] of refused) {
      expect(await ask(format, dataAddress)).toEqual([400, expect.stringContaining(reason)])
    }
    expect(await ask('HttpData-PULL')).toEqual([201, expect.anything()])
    voice.close()
  })

  it('goes on after the provider was killed, and sends no file again that was acknowledged', async () => {
    const dataset = await published({ rows: 6000, rowsPerPart: 1000 })
    const agreement = await agree(dataset)
    const killed = await asProcess(bureau)
    const started = await push(agreement)
    await expect.poll(() => sink.files.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    await killed()
    await bureau.restart()
    expect((await ended(started)).state).toBe('COMPLETED')
    expect(names()).toEqual([...dataset.resources.map(({ name }) => name), ...DOCUMENTS])
  })

  it('stops within a moment when it is suspended, and goes on with the next start', async () => {
    const dataset = await published({ rows: 8000 })
    const started = await push(await agree(dataset))
    await expect.poll(() => sink.bytes(), { timeout: 10_000 }).toBeGreaterThan(100_000)
    await say(started, 'suspension')
    await expect.poll(async () => (await atProvider(started))?.state).toBe('SUSPENDED')
    const stopped = sink.bytes()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(sink.bytes()).toBe(stopped)
    expect(sink.files).toEqual([])
    await say(started, 'start')
    expect((await ended(started)).state).toBe('COMPLETED')
    expect(names()).toHaveLength(1 + DOCUMENTS.length)
  })

  it('stops for a suspension and for a termination while the storage takes nothing', async () => {
    sink.misbehave = (request) => request.pause() !== undefined
    const cut: boolean[] = []
    const agreement = await agree(await published({ rows: 8000 }))
    const started = await push(agreement)
    sink.misbehave = (request) => {
      request.socket.once('close', () => cut.push(true))
      return true
    }
    await expect.poll(async () => (await atProvider(started))?.state).toBe('STARTED')
    await say(started, 'suspension')
    await expect.poll(() => cut.length, { timeout: 2000 }).toBeGreaterThan(0)
    sink.misbehave = undefined
    await say(started, 'termination')
    expect(await ended(started)).toMatchObject({ state: 'TERMINATED', termination: { reasons: ['maintenance'] } })
    expect(sink.files).toEqual([])
  })

  it('ends when the dataset is withdrawn from all use', async () => {
    const dataset = await published({ rows: 8000 })
    const started = await push(await agree(dataset))
    await expect.poll(() => sink.bytes(), { timeout: 10_000 }).toBeGreaterThan(50_000)
    await bureau.api.post(`/datasets/${dataset.id}/withdraw`, { reason: 'A flaw.', scope: 'all-use' }, z.unknown())
    expect(await ended(started)).toMatchObject({ state: 'TERMINATED', termination: { code: 'dataset-withdrawn' } })
    expect(sink.files).toEqual([])
  })

  it('ends in the middle when the policy permits it no longer', async () => {
    const notAfter = new Date(Date.now() + 4000).toISOString()
    const dataset = await published({ rows: 30_000, offers: [{ partners: 'members', notAfter }] })
    const started = await push(await agree(dataset))
    expect(await ended(started)).toMatchObject({
      state: 'TERMINATED',
      termination: { by: 'provider', code: 'policy-denied' },
    })
    expect(sink.bytes()).toBeGreaterThan(0)
    expect(sink.files).toEqual([])
  })

  it('is counted like a pull', async () => {
    const agreement = await agree(await published({ rows: 100, offers: [{ partners: 'members', pulls: 1 }] }))
    expect((await ended(await push(agreement))).state).toBe('COMPLETED')
    expect(await ended(await push(agreement))).toMatchObject({
      state: 'TERMINATED',
      termination: { code: 'policy-denied', reasons: [expect.stringContaining('allowed: 1')] },
    })
  })

  it('ends with the name of the file and the status when the storage refuses', async () => {
    for (const status of [403, 307]) {
      const dataset = await published({ rows: 100 })
      sink.misbehave = (request, response) => {
        if (request.url?.includes('croissant') !== true) return false
        response.writeHead(status, { location: `${sink.url}/else` }).end()
        return true
      }
      expect(await ended(await push(await agree(dataset)))).toMatchObject({
        state: 'TERMINATED',
        termination: { code: 'sink-refused', reasons: [`The storage answered ${status} to croissant.json.`] },
      })
      expect(names()).not.toContain('else')
    }
  })

  it('is tried again after a failure and a cut connection, and ends when it was tried for too long', async () => {
    let failures = 0
    sink.misbehave = (request, response) => {
      failures += 1
      if (failures > 4) return false
      if (failures % 2 === 0) request.socket.destroy()
      else response.writeHead(503).end()
      return true
    }
    const dataset = await published({ rows: 100 })
    expect((await ended(await push(await agree(dataset)))).state).toBe('COMPLETED')
    expect(names()).toEqual([dataset.resources[0]?.name, ...DOCUMENTS])
    sink.misbehave = (_, response) => response.writeHead(503).end() !== undefined
    expect(await ended(await push(await agree(await published({ rows: 100 }))))).toMatchObject({
      state: 'TERMINATED',
      termination: { code: 'sink-unreachable', reasons: [expect.stringContaining('answers 503')] },
    })
  }, 30_000)

  it('sends no byte of a chunk that is not the signed one, and names it to the partner', async () => {
    const dataset = await published({ rows: 3000 })
    const agreement = await agree(dataset)
    const file = openSync(partPath(bureau, dataset), 'r+')
    const byte = Buffer.alloc(1)
    readSync(file, byte, 0, 1, 3 * 16_384 + 9)
    writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 3 * 16_384 + 9)
    closeSync(file)
    expect(await ended(await push(agreement))).toMatchObject({
      termination: {
        by: 'provider',
        code: 'wrong-bytes',
        reasons: [`Chunk 3 of ${dataset.resources[0]?.name} is not what the manifest says.`],
      },
    })
    expect(sink.bytes()).toBeLessThanOrEqual(3 * 16_384)
    expect(sink.files).toEqual([])
  })

  it('puts into a bucket with keys, and to signed addresses', async () => {
    const dataset = await published({ rows: 500 })
    const agreement = await agree(dataset)
    const storage = await openS3Storage()
    const bucket = { kind: 's3', bucket: 'lab-in', endpoint: storage.endpoint, prefix: 'in/', ...S3_KEYS }
    const started = await push(agreement, bucket)
    expect(started).toMatchObject({ format: 'AmazonS3-PUSH', sink: `s3://lab-in at ${storage.endpoint}` })
    expect((await ended(started)).state).toBe('COMPLETED')
    const [part] = dataset.resources
    const all = [part?.name ?? '', ...DOCUMENTS]
    expect([...storage.objects.keys()].toSorted()).toEqual(all.map((name) => `/lab-in/in/${name}`).toSorted())
    const stored = storage.objects.get(`/lab-in/in/${part?.name}`)
    expect(stored?.headers['x-amz-meta-sha256']).toBe(part?.digest.sha256)
    expect(await ended(await push(agreement, { ...bucket, secretAccessKey: 'wrong' }))).toMatchObject({
      termination: { code: 'sink-refused', reasons: [expect.stringContaining('403 (SignatureDoesNotMatch)')] },
    })
    await storage[Symbol.asyncDispose]()
    const urls = Object.fromEntries(
      [all[0], all.at(-1)].map((name) => [name, `${sink.url}/${name}?X-Amz-Signature=${SECRET}`]),
    )
    expect((await ended(await push(agreement, { kind: 'presigned', urls }))).state).toBe('COMPLETED')
    expect(names()).toEqual([all[0], all.at(-1)])
    expect(sink.files[0]?.headers).not.toHaveProperty('digest')
  })

  it('does not get in the way of a pull, and one push at a time runs under an agreement', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    sink.misbehave = (request) => void request.resume() === undefined
    const started = await push(agreement)
    expect(await push(agreement).catch(refusalOf)).toMatchObject({ code: 'conflict' })
    const copy = await lab.api.post('/copies', { agreement }, z.looseObject({ id: z.string() }))
    const pulled = await lab.api.follow(
      `/copies/${copy.id}/follow`,
      {},
      { schema: z.looseObject({ state: z.string() }) },
    )
    expect(pulled.state).toBe('complete')
    await say(started, 'termination')
    expect((await ended(started)).state).toBe('TERMINATED')
  })
})
