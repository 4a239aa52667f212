import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { databaseFile } from '../../node/config/data-folder.ts'
import type { LogFields } from '../../node/telemetry/logger.ts'
import { problemOf } from '../../node/http/problem.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { BundleFile } from '../../schemas/audit.ts'
import { CopyRecord } from '../../schemas/copies.ts'
import { DatasetUpload } from '../../schemas/dataset-requests.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { PublicReport } from '../../schemas/evaluation.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import { SeedSetDescription, SeedUpload } from '../../schemas/seeds.ts'
import { Run } from '../../schemas/runs.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { clinicRecipe, sequence } from '../example-seeds.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { refusalOf } from '../refusal-of.ts'
import { filesWith, holds } from '../traces.ts'

const canary = 'zqCanary77Sparrow'
/** Columns fine enough that equal rows are rare by chance. */
const schema = SeedSchema.parse({
  subject: 'persons',
  columns: [
    { name: 'age', type: 'integer', role: 'quasi-identifier', domain: { min: 0, max: 99 } },
    { name: 'weight', type: 'integer', role: 'quasi-identifier', domain: { min: 0, max: 199_999 } },
    { name: 'day', type: 'integer', role: 'quasi-identifier', domain: { min: 0, max: 9999 } },
    { name: 'town', type: 'categorical', domain: { categories: ['Mito', 'Nara', 'elsewhere'], other: 'elsewhere' } },
    { name: 'cost', type: 'integer', role: 'sensitive', domain: { min: 0, max: 99_999 } },
    { name: 'remark', type: 'text' },
  ],
})
const header = 'age,weight,day,town,cost,remark'

function visits(rows: number): string {
  const random = sequence(1)
  const below = (n: number) => Math.floor(random() * n)
  const row = () => [
    below(100),
    below(200_000),
    below(10_000),
    random() < 0.6 ? 'Mito' : 'Nara',
    below(100_000),
    'seen',
  ]
  return `${[header, ...Array.from({ length: rows }, () => row().join(','))].join('\n')}\n`
}

/** In a column that is modelled, where it counts as "elsewhere", and in one that is not. */
const seeds = `${visits(3000)}44,61234,77,${canary},1200,${canary}\n`
const title = 'Visits to a clinic'

const Evaluated = z.object({ report: PublicReport, evaluation: z.object({ verdict: z.string() }) })

describe('a canary in a seed row', () => {
  const log: string[] = []
  const problems: string[] = []
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let dataset: DatasetRecord
  let agreement = ''

  beforeAll(async () => {
    const write = (event: string, fields: LogFields = {}) => void log.push(JSON.stringify({ event, ...fields }))
    network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384', drainSeconds: '0.1' },
      overrides: { log: { info: write, warn: write, error: write } },
    })
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
    await importSeeds('clinic', seeds, { schema })
    dataset = await publishGenerated()
    const process = await requestExchange(lab, bureau, { dataset: dataset.id })
    agreement = process.agreement?.['@id'] ?? ''
    const { id } = await lab.api.post('/copies', { agreement }, CopyRecord)
    const copy = await lab.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
    expect(copy.state).toBe('complete')
    await network.settle()
  }, 30_000)
  afterAll(() => network[Symbol.asyncDispose]())

  async function importSeeds(name: string, content: string, request: { schema?: SeedSchema } = {}) {
    const bytes = Readable.from([Buffer.from(content)])
    const { uploadId } = await bureau.api.upload('/seeds/uploads?format=csv', bytes, { schema: SeedUpload })
    return bureau.api.follow('/seeds', { name, uploadId, ...request }, { schema: SeedSetDescription })
  }

  async function evaluated(id: string) {
    return bureau.api.follow(`/datasets/${id}/evaluation`, {}, { schema: Evaluated })
  }

  /** Noise decides whether the gates pass: another run is made when they do not. */
  async function publishGenerated(): Promise<DatasetRecord> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const body = {
        recipe: clinicRecipe({ rows: 1000 }),
        dataset: { name: `visits-${attempt}`, version: '1.0.0', title },
      }
      const { id } = await bureau.api.post('/runs', body, Run)
      const run = await bureau.api.follow(`/runs/${id}/events`, {}, { schema: Run })
      const { evaluation, report } = await evaluated(run.datasetId ?? '')
      expect(holds(JSON.stringify(report), canary)).toBe(false)
      if (evaluation.verdict === 'pass')
        return bureau.api.post(
          `/datasets/${run.datasetId}/publish`,
          { offers: [{ partners: 'members' }] },
          DatasetRecord,
        )
    }
    return expect.fail('no run passed the gates')
  }

  const refusedWith = async (work: Promise<unknown>) => {
    const refusal = await refusalOf(work)
    problems.push(JSON.stringify(problemOf(refusal)))
    return refusal
  }

  it('would be found: the search sees what is in databases, statements and cells', async () => {
    expect(await filesWith(bureau.dataDir, title)).toEqual(
      expect.arrayContaining([expect.stringMatching(databaseFile)]),
    )
    expect(await filesWith(lab.dataDir, title)).toEqual(
      expect.arrayContaining([expect.stringContaining(databaseFile), expect.stringContaining('croissant.json')]),
    )
    expect(await filesWith(lab.dataDir, dataset.name)).toEqual(
      expect.arrayContaining([expect.stringContaining('manifest.dsse.json')]),
    )
    expect(await filesWith(lab.dataDir, 'Nara')).toEqual(expect.arrayContaining([expect.stringMatching(/\.parquet$/)]))
    expect(log.join('\n')).toContain(dataset.id)
  })

  it('is in no answer to bad input that holds it', async () => {
    const rows = visits(20)
    const files = {
      type: `${rows}${canary},1,2,Mito,3,x\n`,
      ragged: `${rows}44,${canary}\n`,
      quoted: `${rows}44,1,2,"${canary},3,x\n`,
      header: `${canary},${canary}\n1,2\n`,
    }
    for (const [name, content] of Object.entries(files)) {
      const refusal = await refusedWith(importSeeds(name, content, { schema }))
      expect(refusal.code).toBe('table-invalid')
    }
    const columns = schema.columns.map((column) =>
      column.name === 'town' ? { ...column, domain: { categories: ['Mito'] } } : column,
    )
    const change = bureau.api.post('/seeds/clinic', { schema: { ...schema, columns } }, z.unknown())
    expect(await refusedWith(change)).toMatchObject({ errors: [{ path: 'column "town"' }] })
    expect(problems.filter((problem) => holds(problem, canary))).toEqual([])
  })

  it('cannot be published by copying the seeds: the gates fail, and the refusal names gates alone', async () => {
    const content = Readable.from([Buffer.from(seeds)])
    const { uploadId } = await bureau.api.upload('/datasets/uploads', content, { schema: DatasetUpload })
    const integer = new Set(['age', 'weight', 'day', 'cost'])
    const draft = {
      name: 'copied',
      title: 'Copied',
      description: 'The seeds themselves.',
      subject: 'persons',
      seedSet: 'clinic',
      columns: header.split(',').map((name) => ({ name, type: integer.has(name) ? 'int32' : 'string' })),
    }
    const { id } = await bureau.api.follow('/datasets', { uploadId, format: 'csv', draft }, { schema: DatasetRecord })
    const { evaluation } = await evaluated(id)
    expect(evaluation.verdict).toBe('fail')
    const refusal = await refusedWith(bureau.api.post(`/datasets/${id}/publish`, { offers: [{}] }, DatasetRecord))
    expect(refusal.code).toBe('gate-failed')
    expect(JSON.stringify(refusal.errors)).toContain('G1')
    expect(problems.filter((problem) => holds(problem, canary))).toEqual([])
    const { datasets } = await lab.api.post(
      '/catalog/browse',
      { provider: bureau.did },
      z.looseObject({ datasets: z.array(z.object({ id: z.string() })) }),
    )
    expect(datasets.map((each) => each.id)).toEqual([dataset.id])
  })

  it('is on no disk of a peer, and at home only in what the copied dataset was made of', async () => {
    for (const node of [lab, network.node('authority')]) {
      expect(await filesWith(node.dataDir, canary)).toEqual([])
    }
    const copied = await bureau.api.get('/datasets/copied', DatasetRecord)
    const folder = copied.id.replace('urn:uuid:', '')
    expect((await filesWith(bureau.dataDir, canary)).filter((path) => !path.includes(folder))).toEqual([])
  })

  it('is in no log line of any node', () => {
    expect(log.length).toBeGreaterThan(10)
    expect(log.filter((line) => holds(line, canary))).toEqual([])
  })

  it('is in no manifest, public report, catalog or answer to a stranger', async () => {
    const envelope = await bureau.api.get(`/datasets/${dataset.id}/manifest`, DsseEnvelope)
    const payload = Buffer.from(dssePayload(envelope) ?? new Uint8Array(0))
    expect(payload.includes(dataset.id)).toBe(true)
    const shown = [
      await bureau.api.get(`/datasets/${dataset.id}`, z.unknown()),
      await lab.api.post('/catalog/show', { provider: bureau.did, dataset: dataset.id }, z.unknown()),
    ].map((answer) => JSON.stringify(answer))
    for (const path of [
      '/.well-known/did.json',
      `/manifests/${dataset.manifestId}`,
      `/objects/${'0'.repeat(64)}`,
      '/ledger/checkpoint',
      '/seeds',
    ]) {
      shown.push(await (await fetch(`${bureau.publicUrl}${path}`)).text())
    }
    for (const text of [payload, ...shown]) expect(holds(text, canary)).toBe(false)
  })

  it('is in no audit bundle, from either side', async () => {
    for (const node of [bureau, lab]) {
      const files: BundleFile[] = []
      const onProgress = (line: unknown) => files.push(BundleFile.parse(line))
      await node.api.follow('/audit/export', { exchangeId: agreement }, { schema: z.unknown(), onProgress })
      expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining([expect.stringMatching(/manifest/)]))
      for (const { path, content } of files) expect(holds(Buffer.from(content, 'base64'), canary), path).toBe(false)
    }
  })
})
