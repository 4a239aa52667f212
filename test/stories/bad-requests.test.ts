import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { createGuardedHttpClient } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import type { HttpClient } from '../../node/ports/http-client.ts'
import { OfferForecast } from '../../schemas/catalog.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Offer } from '../../schemas/policy.ts'
import { Problem } from '../../schemas/problem.ts'
import { SeedSetDescription, SeedUpload } from '../../schemas/seeds.ts'
import { Run } from '../../schemas/runs.ts'
import { clinicCsv, clinicSchema } from '../example-seeds.ts'
import { checkedOffer } from '../network/checked-offer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, publish, requestExchange, voiceOf } from '../network/exchange-helpers.ts'
import { refusalOf } from '../refusal-of.ts'

const foreignOperand = { leftOperand: 'spatial', operator: 'eq', rightOperand: 'http://example.org/EU' }
const Forecasts = z.object({ forecasts: z.array(OfferForecast) })

/** While set, catalogs arrive as a foreign provider may write them: with an operand that nobody here knows. */
let foreignCatalogs = false
const guarded = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
const http: HttpClient = {
  request: async (sent) => {
    const answer = await guarded.request(sent)
    if (!foreignCatalogs || !sent.url.includes('/catalog/')) return answer
    const text = Buffer.from(answer.body).toString()
    const changed = text.replace('"constraint":[', `"constraint":[${JSON.stringify(foreignOperand)},`)
    expect(changed).not.toBe(text)
    return { ...answer, body: Buffer.from(changed) }
  },
}

let network: Network
let bureau: NetworkNode
let lab: NetworkNode
beforeAll(async () => {
  network = await createNetwork(['authority', 'bureau', 'lab'], { overrides: { http } })
  await joinAll(network)
  bureau = network.node('bureau')
  lab = network.node('lab')
})
afterAll(() => network[Symbol.asyncDispose]())

function withForeignOperand(offer: Offer): Offer {
  return Offer.parse({
    ...offer,
    permission: offer.permission?.map((rule) => ({
      ...rule,
      constraint: [...(rule.constraint ?? []), foreignOperand],
    })),
  })
}

/** A dataset whose offer no node of ours would have written. */
async function publishForeign() {
  const record = await publish(bureau, [{}])
  const db = openDatabase(join(bureau.dataDir, databaseFile))
  const store = createDatasetsStore(db, systemClock)
  const stored = await store.get(record.id)
  if (stored === undefined) return expect.fail('no such dataset')
  const foreign = { ...record, offers: record.offers.map(withForeignOperand) }
  await store.change({ record: foreign, revision: stored.revision })
  db.close()
  return foreign
}

describe('a policy with an operand that nobody here knows', () => {
  it('is refused when it is written, at its place', async () => {
    const offer = withForeignOperand(await checkedOffer(bureau, {}))
    const refusal = await refusalOf(bureau.api.post('/policy/check', { offer }, z.unknown()))
    const at = (offer.permission?.[0]?.constraint?.length ?? 0) - 1
    expect(refusal).toMatchObject({
      code: 'policy-refused',
      errors: [{ path: `/permission/0/constraint/${at}`, message: expect.stringContaining('spatial') }],
    })
  })

  it('is denied when it comes from a provider, before anything is asked', async () => {
    const { id } = await publish(bureau, [{}])
    foreignCatalogs = true
    const { forecasts } = await lab.api.post('/policy/explain', { provider: bureau.did, dataset: id }, Forecasts)
    expect(forecasts).toMatchObject([{ decision: { permitted: false, reasons: [{ reason: 'operand-unknown' }] } }])
    expect(await refusalOf(requestExchange(lab, bureau, { dataset: id }))).toMatchObject({
      code: 'policy-not-understood',
    })
    foreignCatalogs = false
    const { exchanges } = await lab.api.get('/exchanges', z.object({ exchanges: z.array(Negotiation) }))
    expect(exchanges.filter(({ datasetId }) => datasetId === id)).toEqual([])
  })

  it('is denied when it comes from a consumer', async () => {
    for (const dataset of [await publishForeign(), await publish(bureau, [{}])]) {
      const voice = await voiceOf(lab)
      const [offer] = dataset.offers
      if (offer === undefined) return expect.fail('no offer')
      const { status, body } = await voice.send(bureau, '/negotiations/request', {
        '@type': 'ContractRequestMessage',
        consumerPid: `urn:uuid:foreign-${dataset.id}`,
        offer: { ...withForeignOperand(offer), target: dataset.id },
        callbackAddress: voice.callbackAddress,
      })
      expect([201, 400]).toContain(status)
      await network.settle()
      voice.close()
      if (status === 400) continue
      const { providerPid } = z.object({ providerPid: z.string() }).parse(body)
      const ended = await bureau.api.get(`/exchanges/${encodeURIComponent(providerPid)}`, Negotiation)
      expect(ended).toMatchObject({ state: 'TERMINATED' })
      expect(ended.agreement).toBeUndefined()
    }
    return undefined
  })
})

describe('a recipe that cannot be run', () => {
  beforeAll(async () => {
    const content = Readable.from([Buffer.from(clinicCsv(50))])
    const { uploadId } = await bureau.api.upload('/seeds/uploads?format=csv', content, { schema: SeedUpload })
    await bureau.api.follow(
      '/seeds',
      { name: 'clinic', uploadId, schema: clinicSchema },
      { schema: SeedSetDescription },
    )
  })
  const recipe = { kind: 'dp-table', name: 'visits', seedSet: 'clinic', epsilon: '1', delta: '1e-6', rows: 100 }
  const cases: Readonly<Record<string, { change: Record<string, unknown>; path: string }>> = {
    'an epsilon of zero': { change: { epsilon: 0 }, path: 'epsilon' },
    'an epsilon below zero': { change: { epsilon: -1 }, path: 'epsilon' },
    'an epsilon below zero, as text': { change: { epsilon: '-0.5' }, path: 'epsilon' },
    'an epsilon that is no number': { change: { epsilon: 'much' }, path: 'epsilon' },
    'a delta of one': { change: { delta: '1' }, path: 'delta' },
    'no rows': { change: { rows: 0 }, path: 'rows' },
    'an unknown column': { change: { columns: ['agee'] }, path: 'columns.0' },
  }
  for (const [what, { change, path }] of Object.entries(cases)) {
    it(`because of ${what} is refused at its place, and charges nothing`, async () => {
      const refusal = await refusalOf(bureau.api.post('/runs', { recipe: { ...recipe, ...change } }, Run))
      expect(refusal).toMatchObject({ code: 'recipe-invalid', errors: [{ path }] })
      const { ledger } = await bureau.api.get('/seeds/clinic', SeedSetDescription)
      expect(ledger).toEqual([])
    })
  }
})

describe('a body of 10 MB', () => {
  it('is refused while it arrives, also when its length was not said, and the node goes on', async () => {
    const paths = ['/dsp/2025-1/catalog/request', '/dcp/presentations/query', '/receipts', '/nothing']
    for (const path of paths) {
      const { status, body } = await sendWithoutLength(`${bureau.publicUrl}${path}`, 10 * 1024 * 1024)
      expect([413, undefined], path).toContain(status)
      if (status === 413) expect(Problem.parse(JSON.parse(body))).toMatchObject({ code: 'too-large' })
    }
    expect((await fetch(`${bureau.publicUrl}/.well-known/did.json`)).status).toBe(200)
  })
})

/** The status is undefined when the node closed the connection before its answer could be read. */
function sendWithoutLength(url: string, bytes: number): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
    let body = ''
    answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
    answer.on('close', () => resolve({ status: answer.statusCode, body }))
  })
  outgoing.on('error', () => resolve({ status: undefined, body: '' }))
  Readable.from(Array.from({ length: bytes / 65_536 }, () => Buffer.alloc(65_536, ' '))).pipe(outgoing)
  return promise
}

describe('a page of a list', () => {
  it.each(['exchanges', 'transfers', 'agreements', 'copies', 'datasets'])(
    'of %s is refused when its bounds are none',
    async (list) => {
      for (const query of ['limit=0', 'limit=501', 'limit=many', 'before=yesterday']) {
        const refusal = await refusalOf(lab.api.get(`/${list}?${query}`, z.unknown()))
        expect(refusal).toMatchObject({ code: 'invalid-request' })
      }
      expect(await lab.api.get(`/${list}?limit=1`, z.looseObject({}))).toHaveProperty(list)
    },
  )
})
