import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createGuardedHttpClient } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { linkTarget } from '../../protocol/catalog/links.ts'
import { ManifestId } from '../../schemas/datasets.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Did } from '../../schemas/ids.ts'
import type { Offer } from '../../schemas/policy.ts'
import { exampleDataset } from '../../test/contract/datasets-store.ts'
import { checkedOffer } from '../../test/network/checked-offer.ts'
import { createNetwork, type NetworkNode } from '../../test/network/create-network.ts'
import { joinAll, purposesOf } from '../../test/network/exchange-helpers.ts'
import { type ExchangeNode, openExchangeNode } from '../../test/network/exchange-node.ts'
import { showSpread, spread } from './rounds.ts'

const SIZES = [1, 1000, 10_000]
const ROUNDS = 7
const FIRST_PAGES = 5
/** Before the rounds: the compiler of the runtime is part of the first crawls, which are told apart. */
const WARM_CRAWLS = 3
/** One more dataset that the partner does not see for every so many that it does. */
const HIDDEN_EVERY = 3
/** Numbers of those that are not seen; they stand in the catalog beside the others. */
const HIDDEN = 1_000_000

const LETTERS = 'abcdefghijklmnopqrstuvwxyz家計調査地域別月次教育健康所得'

/** Words without meaning, as different from each other as those of real descriptions; gzip makes them a third as long. */
function someWords(count: number): string[] {
  return Array.from({ length: count }, () => [...randomBytes(5)].map((byte) => LETTERS[byte % LETTERS.length]).join(''))
}

/** Offers as the node's own policy check writes them; every dataset gets one with an id of its own. */
async function offersOf(bureau: NetworkNode, { lab, rival }: { lab: NetworkNode; rival: NetworkNode }) {
  const [research = ''] = await purposesOf(bureau)
  const notAfter = new Date(Date.now() + 20 * 86_400_000).toISOString()
  const visible = [
    await checkedOffer(bureau, { partners: 'members' }),
    await checkedOffer(bureau, { partners: 'members', purposes: [research], pulls: 3 }),
    await checkedOffer(bureau, { partners: [Did.parse(lab.did), Did.parse(rival.did)], notAfter }),
  ]
  return { visible, hidden: await checkedOffer(bureau, { partners: [Did.parse(rival.did)] }) }
}

/** Writes published datasets numbered from `first`; what is measured is the catalog, not the packaging of files. */
async function publishMany(node: NetworkNode, offers: Awaited<ReturnType<typeof offersOf>>, range: [number, number]) {
  const db = openDatabase(join(node.dataDir, databaseFile))
  db.orm.run('PRAGMA synchronous = OFF')
  const store = createDatasetsStore(db, systemClock)
  const insert = async (number: number, offer: Offer) => {
    const words = someWords(40)
    const record = exampleDataset(number, {
      state: 'published',
      title: `Example ${number} ${words.slice(0, 4).join(' ')}`,
      description: words.join(' '),
      keywords: words.slice(0, 4),
      manifestId: ManifestId.parse(`sha256:${randomBytes(32).toString('hex')}`),
      offers: [{ ...offer, '@id': `urn:uuid:${randomUUID()}` }],
      createdAt: new Date(Date.UTC(2026, 0, 1) + (number % HIDDEN) * 1000).toISOString() as never,
    })
    if ((await store.insert(record)) !== 'committed') throw new Error('the dataset exists')
  }
  for (let number = range[0]; number < range[1]; number += 1) {
    await insert(number, offers.visible[number % offers.visible.length] ?? offers.hidden)
    if (number % HIDDEN_EVERY === 0) await insert(HIDDEN + number, offers.hidden)
  }
  db.close()
}

/** The pages as a bare server has them: the same bytes, ready to send. */
async function startReference(pages: readonly string[]) {
  const ready = pages.map((text) => gzipSync(text, { level: 1 }))
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const body = ready[Number(request.url?.slice(1))]
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://localhost:${(server.address() as AddressInfo).port}`
  return { base, packed: ready.reduce((sum, page) => sum + page.length, 0), close: () => server.close() }
}

const http = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })

async function getReference(url: string): Promise<void> {
  const { body } = await http.request({ method: 'POST', url, body: '{}', maxBytes: 1 << 26, acceptGzip: true })
  JSON.parse(new TextDecoder().decode(body))
}

const message = { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage' }

/** All pages as they are sent, read without our client. */
async function rawPages(consumer: ExchangeNode, provider: NetworkNode): Promise<string[]> {
  const pages: string[] = []
  let url: string | undefined = `${provider.publicUrl}/dsp/2025-1/catalog/request`
  while (url !== undefined) {
    const authorization = await consumer.identity.authorizationFor(Did.parse(provider.did))
    const headers = { authorization, 'content-type': 'application/json' }
    const answer: Response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) })
    pages.push(await answer.text())
    url = linkTarget(answer.headers.get('link') ?? '', 'next')
  }
  return pages
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function measureSize(size: number, consumer: ExchangeNode, provider: NetworkNode) {
  const did = Did.parse(provider.did)
  const { partners, catalogs } = consumer.exchange
  const url = `${await partners.addressOf(did)}/catalog/request`
  await provider.restart()
  const coldMs = await timed(() => partners.send(did, { url, message }))
  const coldCrawlMs = await timed(() => catalogs.browse(did))
  const pages = await rawPages(consumer, provider)
  const reference = await startReference(pages)
  for (let warm = 0; warm < WARM_CRAWLS; warm += 1) await timedCrawl(consumer, did)
  const figures = { first: [] as number[], crawl: [] as number[], refFirst: [] as number[], refCrawl: [] as number[] }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let time = 0; time < FIRST_PAGES; time += 1) {
      figures.first.push(await timed(() => partners.send(did, { url, message })))
      figures.refFirst.push(await timed(() => getReference(`${reference.base}/0`)))
    }
    const crawled = await timedCrawl(consumer, did)
    if (crawled.datasets !== size) throw new Error(`the crawl gave ${crawled.datasets} of ${size} datasets`)
    figures.crawl.push(crawled.ms)
    figures.refCrawl.push(
      await timed(async () => {
        for (const page of pages.keys()) await getReference(`${reference.base}/${page}`)
      }),
    )
  }
  reference.close()
  const plain = pages.reduce((sum, page) => sum + Buffer.byteLength(page), 0)
  return { size, coldMs, coldCrawlMs, pages: pages.length, bytes: { plain, gzip: reference.packed }, figures }
}

async function timedCrawl(consumer: ExchangeNode, did: Did): Promise<{ ms: number; datasets: number }> {
  const started = performance.now()
  const { datasets } = await consumer.exchange.catalogs.browse(did)
  return { ms: performance.now() - started, datasets: datasets.length }
}

function report({ size, coldMs, coldCrawlMs, pages, bytes, figures }: Awaited<ReturnType<typeof measureSize>>) {
  const [first, crawl] = [spread(figures.first), spread(figures.crawl)]
  const firstRatio = spread(figures.first.map((ms, at) => ms / (figures.refFirst[at] ?? Number.NaN)))
  const crawlRatio = spread(figures.crawl.map((ms, at) => ms / (figures.refCrawl[at] ?? Number.NaN)))
  const perSecond = (size / crawl.median) * 1000
  console.log(
    `${size} datasets that the partner sees, ${Math.ceil(size / HIDDEN_EVERY)} that it does not, ${pages} pages`,
  )
  console.log(`  bytes of all pages      ${bytes.plain} plain, ${bytes.gzip} gzip`)
  console.log(
    `  first page, warm        ${showSpread(first)} ms; bare node:http ${showSpread(spread(figures.refFirst))} ms`,
  )
  console.log(`  ratio                   ${showSpread(firstRatio)}`)
  console.log(
    `  first page, new process state, membership to be shown: ${coldMs.toFixed(1)} ms; the first crawl ${coldCrawlMs.toFixed(0)} ms`,
  )
  console.log(
    `  full crawl              ${showSpread(crawl, 1)} ms; bare node:http ${showSpread(spread(figures.refCrawl), 1)} ms`,
  )
  console.log(`  ratio                   ${showSpread(crawlRatio)}; ${perSecond.toFixed(0)} datasets/s`)
  return {
    firstPageMs: first.median,
    crawlMs: crawl.median,
    datasetsPerSecond: perSecond,
    firstPageRatio: firstRatio.median,
    crawlRatio: crawlRatio.median,
    coldFirstPageMs: coldMs,
    coldCrawlMs,
    bytes,
  }
}

/** A partner reads the catalog of a node over HTTP with its membership, beside a bare server of the same bytes. */
export async function run(): Promise<Record<string, unknown>> {
  const network = await createNetwork(['authority', 'bureau', 'lab', 'rival'])
  try {
    await joinAll(network)
    const [bureau, lab, rival] = [network.node('bureau'), network.node('lab'), network.node('rival')]
    const offers = await offersOf(bureau, { lab, rival })
    await lab.stop()
    await using consumer = await openExchangeNode(lab)
    const sizes: Record<string, unknown> = {}
    let written = 0
    console.log(`${ROUNDS} rounds, in turn with the reference; median [min-max]. gzip on both sides.`)
    for (const size of SIZES) {
      await publishMany(bureau, offers, [written, size])
      written = size
      sizes[size] = report(await measureSize(size, consumer, bureau))
    }
    return { sizes, reference: 'node:http, pages ready to send' }
  } finally {
    await network[Symbol.asyncDispose]()
  }
}
