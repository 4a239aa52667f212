import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { ChainLink, CopyRecord, DatasetOrigin } from '../../schemas/copies.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import type { OfferTermsInput } from '../../schemas/policy.ts'
import type { RowRecipeInput } from '../../schemas/row-recipe.ts'
import { Run } from '../../schemas/runs.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { openDerivingNode } from '../network/deriving-node.ts'
import { joinAll, purposesOf, requestExchange } from '../network/exchange-helpers.ts'
import { shiftedClock } from '../network/identity-node.ts'
import { csvOf, publishTable } from '../network/published-table.ts'
import { refusalOf } from '../refusal-of.ts'
import { tanemaki } from '../run-cli.ts'

const Shown = z.object({ copy: CopyRecord, path: z.string(), inputs: z.array(ChainLink) })
const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString()

interface Wish {
  readonly dataset: string
  readonly purpose?: string
}

async function pullFrom(consumer: NetworkNode, provider: NetworkNode, wish: Wish) {
  const { agreement, state } = await requestExchange(consumer, provider, wish)
  if (agreement === undefined) throw new Error(`ended ${state}`)
  const { id } = await consumer.api.post('/copies', { agreement: agreement['@id'] }, CopyRecord)
  await consumer.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
  return consumer.api.get(`/copies/${id}`, Shown)
}

function flipByte(path: string): void {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, 100)
  writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 100)
  closeSync(file)
}

describe('a copy as the source of a new dataset', () => {
  const clock = shiftedClock()
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let school: NetworkNode
  let deriving: Awaited<ReturnType<typeof openDerivingNode>>
  let [research, other] = ['', '']
  let made = 0
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'school'], { settings: { drainSeconds: '0.1' } })
    await joinAll(network)
    ;[bureau, lab, school] = [network.node('bureau'), network.node('lab'), network.node('school')]
    ;[research = '', other = ''] = await purposesOf(lab)
    deriving = await openDerivingNode(lab, { clock })
  })
  afterAll(async () => {
    deriving.close()
    await network[Symbol.asyncDispose]()
  })

  const published = (offer: OfferTermsInput, rows = 20) =>
    publishTable(bureau, { name: `source-${(made += 1)}`, rows, rowsPerPart: 8, offers: [offer] })

  /** Runs a recipe without models whose only source is the copy. */
  async function run(copyId: string, purpose?: string) {
    const name = `derived-${(made += 1)}`
    const recipe: RowRecipeInput = {
      kind: 'rows',
      name,
      sources: { source: { copy: copyId, ...(purpose === undefined ? {} : { purpose }) } },
      columns: [
        { type: 'seed', name: 'original', source: 'source', drop: true },
        { type: 'sampler', name: 'weight', sampler: { kind: 'integer', low: 1, high: 6 } },
        { type: 'expression', name: 'number', expr: '{{ original.number }}' },
      ],
      accept: { target: 12, maxCandidates: 40 },
    }
    const { id } = await lab.api.post('/runs', { recipe, dataset: { name } }, Run)
    return lab.api.follow(`/runs/${id}/events`, {}, { schema: Run })
  }

  async function derive(copyId: string): Promise<DatasetRecord> {
    const { datasetId = '', error } = await run(copyId)
    expect(error).toBeUndefined()
    await lab.api.follow(`/datasets/${datasetId}/evaluation`, {}, { schema: z.unknown() })
    return lab.api.get(`/datasets/${datasetId}`, DatasetRecord)
  }
  const publish = (id: string, offers: OfferTermsInput[]) =>
    lab.api.post(`/datasets/${id}/publish`, { offers }, DatasetRecord)

  it('goes from member to member: what is derived keeps to the terms, and everybody sees the chain', async () => {
    const deleteBy = inDays(60)
    const source = await published({ purposes: [research], deleteBy, derivation: true })
    const { copy } = await pullFrom(lab, bureau, { dataset: source.id, purpose: research })
    const bound = await deriving.sources.bind(copy.id)
    expect(bound).toMatchObject({ manifestId: source.manifestId, purpose: research })
    expect(bound.inherited).toMatchObject({
      purposes: [research],
      deleteBy,
      onwardDistribution: false,
      derivation: true,
    })
    expect(await deriving.sources.subject(copy.id)).toBe('public')
    const opened = await deriving.sources.open(bound)
    const [, ...lines] = csvOf(20).trimEnd().split('\n')
    const written = lines.map((line) => line.split(','))
    const rows = await Promise.all(Array.from({ length: opened.records }, (_, index) => opened.record(index)))
    expect(rows).toEqual(
      written.map(([number, text, share]) => ({ number: Number(number), text, share: Number(share).toFixed(1) })),
    )

    const derived = await derive(copy.id)
    expect(derived).toMatchObject({ records: 12, subject: 'public', inherited: bound.inherited })
    const beyond = [{ purposes: [other], deleteBy }, { deleteBy }, { purposes: [research], deleteBy: inDays(61) }]
    for (const offer of beyond)
      expect(await refusalOf(publish(derived.id, [offer]))).toMatchObject({ code: 'policy-refused' })
    expect((await refusalOf(publish(derived.id, [{ purposes: [other] }]))).hint).toContain(`among: ${research}`)
    const offered = await publish(derived.id, [{ purposes: [research], derivation: true }])
    expect(JSON.stringify(offered.offers[0]?.obligation)).toContain(deleteBy)
    const said = { partner: school.did, dataset: derived.id, terms: { terms: { purposes: [other] } } }
    expect(await refusalOf(lab.api.post('/exchanges/offers', said, z.unknown()))).toMatchObject({
      code: 'policy-refused',
    })

    const input = { manifestId: source.manifestId, datasetId: source.id, provider: bureau.did }
    const envelope = await lab.api.get(`/datasets/${derived.id}/manifest`, DsseEnvelope)
    expect(readManifest(dssePayload(envelope) ?? new Uint8Array(0))).toMatchObject({
      manifest: { statement: { predicate: { provenance: { inputs: [input] } } } },
    })
    const origin = await lab.api.get(`/datasets/${derived.id}/origin`, DatasetOrigin)
    expect(origin.inputs).toMatchObject([
      { ...input, name: `${source.name}@1.0.0`, copyId: copy.id, known: true, inputs: [] },
    ])
    expect(origin.duties.map(({ action, by, due }) => [action, by, due])).toEqual([
      ['delete', deleteBy, false],
      ['no-onward-distribution', undefined, false],
      ['purposes', undefined, false],
    ])

    const { out } = await tanemaki(['--data', lab.dataDir, 'dataset', 'show', derived.name])
    expect(out).toContain(`${source.name}@1.0.0 of ${bureau.did}, ${source.manifestId} (copy ${copy.id})`)
    expect(out).toContain(`duty: Delete every copy by ${deleteBy}.`)

    const theirs = await pullFrom(school, lab, { dataset: derived.id, purpose: research })
    expect(theirs.inputs).toMatchObject([{ ...input, known: false, inputs: [] }])
    const first = await pullFrom(school, bureau, { dataset: source.id, purpose: research })
    const again = await school.api.get(`/copies/${theirs.copy.id}`, Shown)
    expect(again.inputs).toMatchObject([{ ...input, known: true, copyId: first.copy.id }])
    const third = await openDerivingNode(school)
    const next = await third.sources.bind(theirs.copy.id)
    expect(next.inherited).toMatchObject({ purposes: [research], deleteBy, derivation: true })
    expect(await third.chains.of(next.inherited.inputs)).toMatchObject([
      { provider: lab.did, known: true, inputs: [{ ...input, known: true, inputs: [] }] },
    ])
    third.close()
  })

  it('is refused, with the explanation, where the agreement permits use alone', async () => {
    const { id } = await published({})
    const { copy } = await pullFrom(lab, bureau, { dataset: id })
    const refusal = await refusalOf(run(copy.id))
    expect(refusal).toMatchObject({ code: 'policy-denied', errors: [{ path: '/permission' }] })
    expect((await lab.api.get('/runs', z.object({ runs: z.array(z.unknown()) }))).runs).toHaveLength(1)
    expect(refusal.detail).toContain('a permission to “use” does not allow new datasets to be made')
    expect(await refusalOf(deriving.sources.bind('00000000-0000-4000-8000-000000000000'))).toMatchObject({
      code: 'not-found',
    })
  })

  it('is refused for another purpose, and once its deletion is due, also to a run that is under way', async () => {
    const { id } = await published({ purposes: [research], derivation: true, deleteBy: inDays(30) })
    const { copy } = await pullFrom(lab, bureau, { dataset: id, purpose: research })
    const denied = await refusalOf(deriving.sources.bind(copy.id, other))
    expect(denied).toMatchObject({ code: 'policy-denied', errors: [{}, {}] })
    expect(denied.detail).toContain(`The purpose “${other}” is not allowed`)
    const bound = await deriving.sources.bind(copy.id, research)
    const derived = await derive(copy.id)
    clock.forward(31 * DAY)
    try {
      for (const late of [deriving.sources.bind(copy.id), deriving.sources.open(bound)]) {
        expect((await refusalOf(late)).detail).toContain('which has passed')
      }
      expect(deriving.datasets.duties(derived)).toMatchObject([{ action: 'delete', due: true }, {}, {}])
      const late = deriving.datasets.publish(derived.id, { offers: [{ purposes: [research] }] })
      expect(await refusalOf(late)).toMatchObject({ code: 'policy-refused' })
    } finally {
      clock.forward(-31 * DAY)
    }
  })

  it('shows its records to no model endpoint but those on this machine', async () => {
    const { id } = await published({ derivation: true })
    const { copy } = await pullFrom(lab, bureau, { dataset: id })
    const endpoints = [{ name: 'far', url: 'https://models.example/v1' }]
    writeFileSync(join(lab.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
    await lab.restart()
    const recipe = {
      kind: 'rows',
      name: 'far-away',
      sources: { source: { copy: copy.id } },
      models: { writer: { endpoint: 'far', model: 'large' } },
      columns: [
        { type: 'seed', name: 'original', source: 'source', drop: true },
        { type: 'llm-text', name: 'text', model: 'writer', prompt: '{{ original.text }}' },
      ],
      accept: { target: 1, maxCandidates: 2 },
    } satisfies RowRecipeInput
    const dataset = { name: 'far-away' }
    const refusal = await refusalOf(lab.api.post('/runs', { recipe, dataset }, Run))
    expect(refusal).toMatchObject({ code: 'endpoint-forbidden', errors: [{ path: 'columns.text' }] })
  })

  it('is refused when its files are not those of its manifest, or it has none', async () => {
    const { id } = await published({ derivation: true })
    const { copy, path } = await pullFrom(lab, bureau, { dataset: id })
    const part = copy.resources[0]?.name ?? ''
    flipByte(join(path, part))
    expect(await refusalOf(deriving.sources.bind(copy.id))).toMatchObject({
      code: 'wrong-bytes',
      errors: [{ path: part }],
    })
    rmSync(join(path, 'manifest.dsse.json'))
    expect(await refusalOf(deriving.sources.bind(copy.id))).toMatchObject({ code: 'manifest-refused' })
    expect(await deriving.sources.subject(copy.id)).toBe('persons')
  })

  it('is refused after the provider has withdrawn it from all use', async () => {
    const { id } = await published({ derivation: true })
    const { copy } = await pullFrom(lab, bureau, { dataset: id })
    const bound = await deriving.sources.bind(copy.id)
    await bureau.api.post(`/datasets/${id}/withdraw`, { reason: 'An error.', scope: 'all-use' }, DatasetRecord)
    await network.settle()
    expect((await refusalOf(deriving.sources.open(bound))).detail).toContain('withdrawn')
    expect(await refusalOf(deriving.sources.bind(copy.id))).toMatchObject({ code: 'policy-denied' })
  })
})
