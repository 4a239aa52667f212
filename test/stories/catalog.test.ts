import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { linkTarget } from '../../protocol/catalog/links.ts'
import { CatalogCheck, CatalogError, type CatalogFilter, RemoteCatalog } from '../../schemas/catalog.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Member } from '../../schemas/governance.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, publish, purposesOf, voiceOf, withdrawSilently } from '../network/exchange-helpers.ts'
import { shiftedClock } from '../network/identity-node.ts'
import { refusalOf } from '../refusal-of.ts'
import { tanemaki } from '../run-command.ts'
import { sharedPath } from '../shared-material.ts'
import { dspSchemas } from '../vectors/dsp-schemas.ts'

const OFFERED = 230
const MINUTE = 60_000
const FILTER = 'urn:tanemaki:catalog-filter:v1'

const Page = z.object({ dataset: z.array(z.looseObject({ '@id': z.string() })).default([]) })

describe('a catalog of many datasets', () => {
  const clock = shiftedClock()
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let voice: Awaited<ReturnType<typeof voiceOf>>
  let faults: (message: unknown) => unknown[] = () => []
  let research = ''
  const offered: string[] = []

  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival'], { overrides: { clock } })
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
    voice = await voiceOf(lab)
    const [first = '', second = ''] = await purposesOf(bureau)
    research = first
    for (let number = 0; number < OFFERED; number += 1) {
      const purposes = number % 10 === 0 ? [second] : number % 10 === 1 ? [first] : undefined
      offered.push((await publish(bureau, [purposes === undefined ? {} : { purposes }])).id)
      if (number % 50 === 0) await publish(bureau, [{ partners: [Did.parse(network.node('rival').did)] }])
    }
    const schemas = sharedPath('vectors/dsp')
    if (schemas !== undefined) faults = dspSchemas(schemas)
  }, 60_000)
  afterAll(async () => {
    voice.close()
    await network[Symbol.asyncDispose]()
  })

  const browse = (filter?: CatalogFilter) =>
    lab.api.post('/catalog/browse', { provider: bureau.did, filter }, RemoteCatalog)
  const ids = async (filter?: CatalogFilter) => (await browse(filter)).datasets.map(({ id }) => id)
  /** One request by hand. GET without filter. */
  const ask = async (url: string, { method, filter, encoding = 'identity' }: Asked) => {
    const authorization = await voice.authorization(bureau)
    const headers = { authorization, 'content-type': 'application/json', 'accept-encoding': encoding }
    const body = { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage', ...(filter ? { filter } : {}) }
    return fetch(url, { method, headers, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) })
  }
  interface Asked {
    readonly method: 'GET' | 'POST'
    readonly filter?: readonly object[]
    readonly encoding?: string
  }
  const address = () => `${bureau.publicUrl}/dsp/2025-1/catalog/request`
  const crawl = async (asked: Asked) => {
    const pages: string[][] = []
    let url: string | undefined = address()
    let method = asked.method
    while (url !== undefined) {
      const answer: Response = await ask(url, { ...asked, method })
      const page: unknown = await answer.json()
      expect(faults(page)).toEqual([])
      pages.push(Page.parse(page).dataset.map((dataset) => dataset['@id']))
      url = linkTarget(answer.headers.get('link') ?? '', 'next')
      method = method === 'GET' ? 'POST' : 'GET'
    }
    return pages
  }

  it('is read whole by a partner, over links that work with POST and with GET', async () => {
    expect((await ids()).toSorted()).toEqual(offered.toSorted())
    for (const method of ['GET', 'POST'] as const) {
      const pages = await crawl({ method })
      expect(pages.map((page) => page.length)).toEqual([100, OFFERED - 100])
      expect(pages.flat().toSorted()).toEqual(offered.toSorted())
    }
  })

  it('stays filtered from page to page, and is asked by EDC as EDC asks', async () => {
    const page = { '@type': 'QuerySpec', limit: 7 }
    const filtered = await crawl({ method: 'POST', filter: [{ '@type': FILTER, purpose: research }, page] })
    expect(filtered.flat()).toEqual(await ids({ purpose: research }))
    expect(filtered.flat()).toHaveLength(OFFERED - OFFERED / 10)
    expect(filtered.slice(0, -1).every(({ length }) => length === 7)).toBe(true)
    const edc = { '@type': 'QuerySpec', 'edc:offset': 100, 'edc:limit': 50, sortOrder: 'ASC', filterExpression: [] }
    const answer = await ask(address(), { method: 'POST', filter: [edc] })
    const shown = Page.parse(await answer.json()).dataset.map((dataset) => dataset['@id'])
    expect(shown).toEqual((await ids()).slice(100, 150))
    const criterion = { operandLeft: 'https://w3id.org/edc/v0.0.1/ns/purpose', operator: '=', operandRight: research }
    const expression = [{ '@type': 'QuerySpec', limit: 100, filterExpression: [criterion] }]
    expect((await crawl({ method: 'POST', filter: expression })).flat()).toEqual(filtered.flat())
  })

  it('is searched from the command line', async () => {
    const [one] = (await browse()).datasets
    const title = one?.title ?? ''
    const run = (...options: string[]) =>
      tanemaki(['--data', lab.dataDir, '--json', 'catalog', 'browse', bureau.did, ...options])
    const found = await run('--text', title.toUpperCase(), '--purpose', research)
    expect(RemoteCatalog.parse(JSON.parse(found.out)).datasets.map(({ id }) => id)).toContain(one?.id)
    const none = await run('--text', title, '--publisher', lab.did)
    expect(RemoteCatalog.parse(JSON.parse(none.out)).datasets).toEqual([])
  })

  it('refuses what it does not support, and says what it does', async () => {
    for (const filter of [[{ '@type': 'SparqlQuery' }], [{ '@type': FILTER, licence: 'MIT' }]]) {
      const answer = await ask(address(), { method: 'POST', filter })
      const error: unknown = await answer.json()
      expect(answer.status).toBe(400)
      expect(faults(error)).toEqual([])
      expect(CatalogError.parse(error).reason?.join()).toContain('purpose')
    }
    expect((await ask(`${address()}?continuationToken=100`, { method: 'GET' })).status).toBe(400)
  })

  it('comes packed, and is the same unpacked', async () => {
    const packed = await ask(address(), { method: 'POST', encoding: 'gzip' })
    const plain = await ask(address(), { method: 'POST' })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(Number(plain.headers.get('content-length')) / 4)
    expect(await packed.text()).toBe(await plain.text())
  })

  it('shows at once what is published, and no more what is withdrawn', async () => {
    const { id } = await publish(bureau, [{}])
    expect(await ids()).toContain(id)
    await withdrawSilently(bureau, id)
    expect(await ids()).not.toContain(id)
    expect(await ids()).toHaveLength(OFFERED)
  })

  it('follows the times of a policy to the moment', async () => {
    const notAfter = Instant.parse(new Date(clock.now() + 5 * MINUTE).toISOString())
    const { id } = await publish(bureau, [{ notAfter }])
    expect(await ids()).toContain(id)
    clock.forward(4 * MINUTE)
    expect(await ids()).toContain(id)
    clock.forward(MINUTE)
    expect(await ids()).not.toContain(id)
    await withdrawSilently(bureau, id)
  })

  it('leaves out a dataset that cannot be shown, and the operator learns which and why', async () => {
    const { id } = await publish(bureau, [{}])
    const db = openDatabase(join(bureau.dataDir, databaseFile))
    db.orm.run(`UPDATE datasets SET record = '{"title":5}', revision = revision + 1 WHERE id = '${id}'`)
    db.close()
    expect((await ids()).toSorted()).toEqual(offered.toSorted())
    expect(
      await refusalOf(lab.api.post('/catalog/show', { provider: bureau.did, dataset: id }, z.unknown())),
    ).toMatchObject({ code: 'not-found' })
    const check = await bureau.api.get('/catalog/check', CatalogCheck)
    expect(check.faults).toMatchObject([{ dataset: id, reason: expect.stringContaining('cannot be read') }])
    const own = ['--data', bureau.dataDir]
    const checked = await tanemaki([...own, 'catalog', 'check'])
    expect(checked).toMatchObject({ code: 1, out: expect.stringContaining(id) })
    expect((await tanemaki([...own, 'node', 'status'])).out).toContain('1 left out')
    const shown = await tanemaki([...own, 'dataset', 'show', id])
    expect(shown).toMatchObject({ code: 3, error: expect.stringContaining('cannot read its record') })
    const listed = await tanemaki([...own, 'dataset', 'list'])
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(`The record of ${id} cannot be read`) })
  })

  it('is closed to a member whose membership was revoked', async () => {
    const revoke = { did: lab.did, reason: 'left the space' }
    await network.node('authority').api.post('/members/revocations', revoke, Member)
    clock.forward(20 * MINUTE)
    expect(await refusalOf(browse())).toMatchObject({ code: 'peer-refused' })
  })
})
