import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { blobsFolder } from '../../node/config/data-folder.ts'
import { Refused } from '../../protocol/refusal.ts'
import { DatasetUpload } from '../../schemas/dataset-requests.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll } from '../network/exchange-helpers.ts'
import { draftOf, importTable, publishTable } from '../network/published-table.ts'

async function refusalOf(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  throw new Error('it was not refused')
}

async function importText(node: NetworkNode, text: string, draft: unknown): Promise<DatasetRecord> {
  const content = Readable.from([Buffer.from(text)])
  const { uploadId } = await node.api.upload('/datasets/uploads', content, { schema: DatasetUpload })
  return node.api.follow('/datasets', { uploadId, format: 'csv', draft }, { schema: DatasetRecord })
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

describe('publishing a dataset', () => {
  let network: Network
  let bureau: NetworkNode
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau'])
    await joinAll(network)
    bureau = network.node('bureau')
  })
  afterAll(() => network[Symbol.asyncDispose]())

  const evaluate = (id: string) => bureau.api.follow(`/datasets/${id}/evaluation`, {}, { schema: z.unknown() })
  const publish = (id: string, offers: unknown[] = [{}]) =>
    bureau.api.post(`/datasets/${id}/publish`, { offers }, DatasetRecord)

  it('is refused with the reasons when a gate of the rulebook does not pass', async () => {
    const draft = { ...draftOf('people'), subject: 'persons' }
    const { id } = await importText(bureau, 'number,text,share\n1,a,0.1\n', draft)
    await evaluate(id)
    const refusal = await refusalOf(publish(id))
    expect(refusal.code).toBe('gate-failed')
    expect(refusal.errors?.length).toBeGreaterThan(0)
    expect((await bureau.api.get(`/datasets/${id}`, DatasetRecord)).state).toBe('evaluated')
  })

  it('keeps the id that its publisher chose, and the words of an offer written by hand', async () => {
    const id = 'https://doi.example/10.1234/trees'
    const at = `/datasets/${encodeURIComponent(id)}`
    const row = 'number,text,share\n1,a,0.1\n'
    const draft = { ...draftOf('trees'), id }
    expect((await importText(bureau, row, draft)).id).toBe(id)
    expect(await refusalOf(importText(bureau, row, { ...draftOf('bushes'), id }))).toMatchObject({ code: 'conflict' })
    await bureau.api.follow(`${at}/evaluation`, {}, { schema: z.unknown() })
    const constraint = [{ leftOperand: 'dateTime', operator: 'lteq', rightOperand: '2099-01-01T00:00:00Z' }]
    const offer = {
      '@id': 'urn:offer:trees',
      permission: [{ action: 'use', constraint }],
      obligation: [{ action: 'delete', constraint: [{ ...constraint[0], rightOperand: inDays(30) }] }],
    }
    const refused = { ...offer, obligation: [{ action: 'delete', constraint }] }
    const publishWritten = (writtenOffers: unknown[]) =>
      bureau.api.post(`${at}/publish`, { writtenOffers }, DatasetRecord)
    expect(await refusalOf(publishWritten([refused]))).toMatchObject({ code: 'policy-refused' })
    expect(await refusalOf(publishWritten([offer, offer]))).toMatchObject({ code: 'invalid-request' })
    const published = await publishWritten([offer])
    expect([published.id, published.offers[0]]).toEqual([id, { ...offer, '@type': 'Offer' }])
    expect((await bureau.api.get('/datasets/trees', DatasetRecord)).id).toBe(id)
  })

  it('is refused for a purpose that the rulebook does not have, and without an offer', async () => {
    const { id } = await importTable(bureau, { name: 'offers', rows: 10 })
    await evaluate(id)
    expect(await refusalOf(publish(id, [{ purposes: ['urn:example:unknown'] }]))).toMatchObject({
      code: 'policy-refused',
    })
    expect(await refusalOf(publish(id, []))).toMatchObject({ code: 'invalid-request' })
    expect((await publish(id)).state).toBe('published')
  })

  it('happens once: the version stays as it is', async () => {
    const { id } = await publishTable(bureau, { name: 'once', rows: 10 })
    expect(await refusalOf(publish(id))).toMatchObject({ code: 'conflict' })
    expect(await refusalOf(evaluate(id))).toMatchObject({ code: 'conflict' })
    expect(await refusalOf(importTable(bureau, { name: 'once', rows: 10 }))).toMatchObject({ code: 'conflict' })
  })

  it('takes no member that it does not know: what a person wrote is never passed over', async () => {
    const draft = { ...draftOf('misspelt'), columns: [{ name: 'share', type: 'decimal', precision: 1 }] }
    const body = { uploadId: '00000000-0000-4000-8000-000000000000', format: 'csv', draft }
    const { code, errors } = await refusalOf(bureau.api.follow('/datasets', body, { schema: DatasetRecord }))
    expect({ code, errors }).toEqual({
      code: 'invalid-request',
      errors: [{ path: 'draft.columns.0', message: 'has no member "precision"' }],
    })
  })

  it('leaves nothing of a file that does not fit, and repeats none of its cells', async () => {
    const refusal = await refusalOf(importText(bureau, 'number,text,share\nCANARY-1,a,0.1\n', draftOf('bad')))
    expect(refusal).toMatchObject({ code: 'table-invalid', errors: [{ path: 'line 2, column "number"' }] })
    expect(JSON.stringify(refusal)).not.toContain('CANARY')
    expect(readdirSync(join(bureau.dataDir, blobsFolder, 'uploads', 'datasets'))).toEqual([])
    expect((await refusalOf(bureau.api.get('/datasets/bad', DatasetRecord))).code).toBe('not-found')
  })
})
