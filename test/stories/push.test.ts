import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createReceiptStore } from '../../node/adapters/sqlite/receipt-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { Refused } from '../../protocol/refusal.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import { PushProgress } from '../../schemas/pushes.ts'
import { voiceOf } from '../network/exchange-helpers.ts'
import { DOCUMENTS, partPath, pushScene, SECRET } from '../network/push-scene.ts'
import { openS3Storage, S3_KEYS } from '../network/s3-storage.ts'

const refusalOf = (error: unknown) => (error instanceof Refused ? error.refusal : error)

describe('a push between two nodes', () => {
  const scene = pushScene()
  const { published, agree, push, ended, atProvider, providerPid, names, say } = scene

  it('brings every file, its documents and last the manifest, described and authorized', async () => {
    const dataset = await published({ rowsPerPart: 700 })
    const agreement = await agree(dataset)
    const started = await push(agreement)
    expect(started).toMatchObject({ format: 'HttpData-PUSH', sink: scene.sink.url, role: 'consumer' })
    expect((await ended(started)).state).toBe('COMPLETED')
    expect(names()).toEqual([...dataset.resources.map(({ name }) => name), ...DOCUMENTS])
    for (const [index, { name, digest, size, mediaType }] of dataset.resources.entries()) {
      const { bytes, headers, path, method } = scene.sink.files[index] ?? expect.fail('a file is missing')
      expect(bytes.equals(readFileSync(partPath(scene.bureau, dataset, index)))).toBe(true)
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
    const envelope = DsseEnvelope.parse(JSON.parse(scene.sink.files.at(-1)?.bytes.toString() ?? ''))
    expect(readManifest(dssePayload(envelope) ?? new Uint8Array(0), dataset.manifestId)).toMatchObject({ ok: true })
    const files = await scene.bureau.api.get(
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
      const db = openDatabase(join(scene.lab.dataDir, databaseFile))
      const found = await createReceiptStore(db, () => 0).ofExchange(agreement)
      db.close()
      return found.map(({ state, receipt }) => [receipt.type, state])
    }
    await expect.poll(receipts, { timeout: 5000 }).toEqual([
      ['AgreementFinalized', 'co-signed'],
      ['TransferStarted', 'co-signed'],
    ])
  })

  it('shows and stores no secret of the storage on either side, and forgets the address after the end (P2)', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    scene.sink.misbehave = (request) => request.resume() === request
    const started = await push(agreement)
    await expect.poll(async () => (await atProvider(started))?.state).toBe('STARTED')
    for (const node of [scene.bureau, scene.lab]) {
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
      const db = openDatabase(join(scene.bureau.dataDir, databaseFile))
      const rows = db.orm.all<{ n: number }>('select count(*) as n from transfers where sealed_sink is not null')
      db.close()
      return rows[0]?.n
    }
    await expect.poll(kept, { timeout: 5000 }).toBe(0)
  })

  it('needs a storage that it can read and may connect to, and says what is wrong', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    const voice = await voiceOf(scene.lab)
    let sent = 0
    const ask = async (format: string, dataAddress?: object) => {
      sent += 1
      const answer = await voice.send(scene.bureau, '/transfers/request', {
        '@type': 'TransferRequestMessage',
        consumerPid: `urn:uuid:asked-${sent}`,
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
    const signed = (name: string) => at(`urn:tanemaki:put:v1:${name}`, `${scene.sink.url}/x`, 'AmazonS3')
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

  it('is counted like a pull', async () => {
    const agreement = await agree(await published({ rows: 100, offers: [{ partners: 'members', pulls: 1 }] }))
    expect((await ended(await push(agreement))).state).toBe('COMPLETED')
    expect(await ended(await push(agreement))).toMatchObject({
      state: 'TERMINATED',
      termination: { code: 'policy-denied', reasons: [expect.stringContaining('allowed: 1')] },
    })
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
      [all[0], all.at(-1)].map((name) => [name, `${scene.sink.url}/${name}?X-Amz-Signature=${SECRET}`]),
    )
    expect((await ended(await push(agreement, { kind: 'presigned', urls }))).state).toBe('COMPLETED')
    expect(names()).toEqual([all[0], all.at(-1)])
    expect(scene.sink.files[0]?.headers).not.toHaveProperty('digest')
  })

  it('does not get in the way of a pull, and one push at a time runs under an agreement', async () => {
    const agreement = await agree(await published({ rows: 100 }))
    scene.sink.misbehave = (request) => request.resume() === request
    const started = await push(agreement)
    expect(await push(agreement).catch(refusalOf)).toMatchObject({ code: 'conflict' })
    const copy = await scene.lab.api.post('/copies', { agreement }, z.looseObject({ id: z.string() }))
    const pulled = await scene.lab.api.follow(
      `/copies/${copy.id}/follow`,
      {},
      { schema: z.looseObject({ state: z.string() }) },
    )
    expect(pulled.state).toBe('complete')
    await say(started, 'termination')
    expect((await ended(started)).state).toBe('TERMINATED')
  })
})
