import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createReceiptStore } from '../../node/adapters/sqlite/receipt-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { datasetStatements } from '../../node/adapters/sqlite/tables/datasets.ts'
import { blobsFolder, databaseFile } from '../../node/config/data-folder.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { Refused } from '../../protocol/refusal.ts'
import { CopyRecord, CopyVerification, PullProgress } from '../../schemas/copies.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { importTable, publishTable, type TableOptions } from '../network/published-table.ts'

const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)
const Shown = z.object({ copy: CopyRecord, path: z.string() })

async function agree(consumer: NetworkNode, provider: NetworkNode, dataset: string): Promise<string> {
  const process = await requestExchange(consumer, provider, { dataset })
  if (process.agreement === undefined) throw new Error(`ended ${process.state}`)
  return process.agreement['@id']
}

interface Pulled {
  readonly copy: CopyRecord
  readonly path: string
  readonly progress: PullProgress[]
}

async function pull(consumer: NetworkNode, agreement: string): Promise<Pulled> {
  const started = await consumer.api.post('/copies', { agreement }, CopyRecord)
  const progress: PullProgress[] = []
  await consumer.api.follow(
    `/copies/${started.id}/follow`,
    {},
    {
      schema: CopyRecord,
      onProgress: (line) => progress.push(PullProgress.parse(line)),
    },
  )
  return { ...(await consumer.api.get(`/copies/${started.id}`, Shown)), progress }
}

/** Changes one byte in the middle of a file, in place. */
function flipByte(path: string, position: number): void {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, position)
  writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, position)
  closeSync(file)
}

function partPath(node: NetworkNode, dataset: DatasetRecord, part = 0): string {
  const folder = join(node.dataDir, blobsFolder, 'datasets', dataset.id.slice('urn:uuid:'.length))
  return join(folder, dataset.resources[part]?.name ?? '')
}

describe('a pull between two nodes', () => {
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let made = 0
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'stranger'], {
      settings: { chunkSize: '16384', transferBytesPerSecond: '1000000', drainSeconds: '0.1' },
    })
    await joinAll(network, ['stranger'])
    bureau = network.node('bureau')
    lab = network.node('lab')
  })
  afterAll(() => network[Symbol.asyncDispose]())

  const published = (options: Partial<TableOptions> = {}) =>
    publishTable(bureau, { name: `table-${(made += 1)}`, rows: 4000, ...options })

  it('brings every file, the manifest and its documents, verified, and says it to the provider', async () => {
    const dataset = await published({ rowsPerPart: 1500 })
    const agreement = await agree(lab, bureau, dataset.id)
    const { copy, path, progress } = await pull(lab, agreement)
    expect(copy).toMatchObject({
      state: 'complete',
      records: 4000,
      manifestId: dataset.manifestId,
      title: dataset.title,
    })
    expect(copy.duties.map((duty) => duty.action)).toEqual(['delete', 'no-onward-distribution'])
    expect(progress.at(-1)).toMatchObject({ state: 'complete', verified: dataset.size, total: dataset.size })
    for (const [index, { name, digest }] of dataset.resources.entries()) {
      const bytes = readFileSync(join(path, name))
      expect(bytes.equals(readFileSync(partPath(bureau, dataset, index)))).toBe(true)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest.sha256)
    }
    expect(readdirSync(path).toSorted()).toEqual(
      expect.arrayContaining(['agreement.json', 'croissant.json', 'evaluation-report.json', 'manifest.dsse.json']),
    )
    const envelope = DsseEnvelope.parse(JSON.parse(readFileSync(join(path, 'manifest.dsse.json'), 'utf8')))
    expect(readManifest(dssePayload(envelope) ?? new Uint8Array(0), copy.manifestId)).toMatchObject({ ok: true })
    await network.settle()
    const transfers = await bureau.api.get('/transfers', z.unknown())
    expect(JSON.stringify(transfers)).toContain('COMPLETED')
    const receipts = ['1.dsse.json', '2.dsse.json', '3.dsse.json']
    await eventually(() => readdirSync(join(path, 'receipts')).length === receipts.length)
    expect(readdirSync(join(path, 'receipts')).toSorted()).toEqual(receipts)
  })

  it('is verified again on demand, and a changed byte on disk is named by its chunk', async () => {
    const dataset = await published()
    const { copy, path } = await pull(lab, await agree(lab, bureau, dataset.id))
    const verify = (flat: boolean) =>
      lab.api.follow(`/copies/${copy.id}/verify`, { flat }, { schema: CopyVerification })
    expect(await verify(true)).toMatchObject({
      ok: true,
      manifest: true,
      files: [{ ok: true, sha256: dataset.resources[0]?.digest.sha256 }],
    })
    flipByte(join(path, dataset.resources[0]?.name ?? ''), 5 * 16_384 + 7)
    expect(await verify(false)).toMatchObject({ ok: false, files: [{ ok: false, wrongChunks: [5] }] })
  })

  it('is still what its agreement names when a further pull is refused', async () => {
    const dataset = await published({ offers: [{ partners: 'members', pulls: 1 }] })
    const agreement = await agree(lab, bureau, dataset.id)
    const { copy } = await pull(lab, agreement)
    expect((await pull(lab, agreement)).copy).toMatchObject({ state: 'failed', failure: { code: 'access-ended' } })
    const named = await lab.api.get(`/copies/${encodeURIComponent(agreement)}`, Shown)
    expect(named.copy).toMatchObject({ id: copy.id, state: 'complete' })
  })

  it('goes on after a restart without fetching a verified chunk again', async () => {
    const dataset = await published({ rows: 30_000 })
    const agreement = await agree(lab, bureau, dataset.id)
    const started = await lab.api.post('/copies', { agreement }, CopyRecord)
    const before = await firstProgress(lab, started.id, (progress) => progress.verified > 100_000)
    await lab.restart()
    const progress: PullProgress[] = []
    const copy = await lab.api.follow(
      `/copies/${started.id}/follow`,
      {},
      {
        schema: CopyRecord,
        onProgress: (line) => progress.push(PullProgress.parse(line)),
      },
    )
    expect(copy.state).toBe('complete')
    const received = Math.max(...progress.map((each) => each.received))
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThanOrEqual(dataset.size - before.verified)
  })

  it('ends at a wrong byte with the number of the chunk, in the words of both sides', async () => {
    const dataset = await published()
    const agreement = await agree(lab, bureau, dataset.id)
    flipByte(partPath(bureau, dataset), 3 * 16_384 + 1)
    const { copy } = await pull(lab, agreement)
    expect(copy).toMatchObject({
      state: 'failed',
      failure: { code: 'wrong-bytes', chunk: 3, resource: dataset.resources[0]?.name },
    })
    await network.settle()
    expect(JSON.stringify(await bureau.api.get('/transfers', z.unknown()))).toContain('Chunk 3 of')
    const receipts = await receiptsOf(lab, agreement)
    expect(receipts.at(-1)).toMatchObject({
      state: 'co-signed',
      receipt: { type: 'TransferCompleted', body: { result: 'mismatch', mismatch: { chunk: 3 } } },
    })
  })

  it('is refused when the manifest is not the one that was agreed on', async () => {
    const dataset = await published()
    const agreement = await agree(lab, bureau, dataset.id)
    const other = await published()
    swapManifests(bureau, dataset, other)
    const { copy } = await pull(lab, agreement)
    expect(copy).toMatchObject({ state: 'failed', failure: { code: 'manifest-refused' } })
  })

  it('gives statements and documents to members alone', async () => {
    const dataset = await published()
    const url = `${bureau.publicUrl}/manifests/${dataset.manifestId}`
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(`${bureau.publicUrl}/objects/${dataset.croissant?.sha256}`)).status).toBe(401)
    expect(
      (await fetch(`${bureau.publicUrl}/data/urn:uuid:x/part`, { headers: { authorization: 'Bearer x' } })).status,
    ).toBe(401)
  })

  it('keeps a withdrawal with the copies that are about it, and makes no new agreement', async () => {
    const dataset = await published()
    const agreement = await agree(lab, bureau, dataset.id)
    const { copy } = await pull(lab, agreement)
    const reason = 'An error was found.'
    const withdrawn = await bureau.api.post(`/datasets/${dataset.id}/withdraw`, { reason }, DatasetRecord)
    expect(withdrawn.state).toBe('withdrawn')
    await network.settle()
    const { copy: told } = await lab.api.get(`/copies/${copy.id}`, Shown)
    expect(told.notices).toMatchObject([{ kind: 'withdrawal', scope: 'new-agreements', reason }])
    expect((await pull(lab, agreement)).copy).toMatchObject({ state: 'complete', notices: told.notices })
    expect(await requestExchange(lab, bureau, { dataset: dataset.id }).catch(code)).toBe('not-found')
  })

  it('is not offered before an evaluation has passed', async () => {
    const draft = await importTable(bureau, { name: `table-${(made += 1)}`, rows: 10 })
    const publish = bureau.api.post(`/datasets/${draft.id}/publish`, { offers: [{}] }, DatasetRecord)
    expect(await publish.catch(code)).toBe('not-evaluated')
  })
})

async function receiptsOf(node: NetworkNode, agreement: string) {
  const db = openDatabase(join(node.dataDir, databaseFile))
  const receipts = await createReceiptStore(db, () => 0).ofExchange(agreement)
  db.close()
  return receipts
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (attempt(holds)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('it did not happen within five seconds')
}

function attempt(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return false
  }
}

/** Lets the provider serve another of its manifests in the place of the right one. */
function swapManifests(node: NetworkNode, right: DatasetRecord, other: DatasetRecord): void {
  const db = openDatabase(join(node.dataDir, databaseFile))
  const idOf = (record: DatasetRecord) => record.manifestId ?? ''
  const found = db.orm
    .select()
    .from(datasetStatements)
    .where(eq(datasetStatements.id, idOf(other)))
    .get()
  const envelope = found?.envelope ?? ''
  db.orm
    .update(datasetStatements)
    .set({ envelope })
    .where(eq(datasetStatements.id, idOf(right)))
    .run()
  db.close()
}

async function firstProgress(node: NetworkNode, copyId: string, wanted: (progress: PullProgress) => boolean) {
  const found: PullProgress[] = []
  for (let tries = 0; tries < 100 && found.length === 0; tries += 1) {
    const { progress } = await node.api.get(`/copies/${copyId}`, Shown.extend({ progress: PullProgress }))
    if (wanted(progress)) found.push(progress)
    else await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const [first] = found
  if (first === undefined) throw new Error('the pull made no progress')
  return first
}
