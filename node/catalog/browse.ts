import { linkTarget } from '../../protocol/catalog/links.ts'
import { writeFilter } from '../../protocol/catalog/query.ts'
import { readRemoteDataset } from '../../protocol/catalog/render.ts'
import { refuse } from '../../protocol/refusal.ts'
import { type CatalogFilter, FIRST_PAGE, type RemoteCatalog, type RemoteDataset } from '../../schemas/catalog.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { CatalogDeps, PartnerAnswer } from './operations.ts'
import { catalogIn, reasonsIn } from './partner-answers.ts'

const MOST_PAGES = 1000
const MOST_DATASETS = 10_000
/** All pages together: a catalog is held in memory. */
const MOST_BYTES = 32 << 20
/** Pages in a row that bring nothing new. */
const MOST_EMPTY = 10

/** Where the next page is, and what to send there. */
interface NextPage {
  readonly url: string
  readonly filter: readonly object[]
}

/** Reads a partner's catalog page by page: along its links, or with a QuerySpec where it gives none. */
export async function browse(
  { partners }: Pick<CatalogDeps, 'partners'>,
  provider: ParticipantId,
  filter: CatalogFilter = {},
): Promise<RemoteCatalog> {
  const url = `${await partners.addressOf(provider)}/catalog/request`
  const asked = Object.keys(filter).length === 0 ? [] : [writeFilter(filter)]
  const found = new Map<string, RemoteDataset>()
  let unreadable = 0
  let received = 0
  let empty = 0
  let links = false
  let next: NextPage | undefined = { url, filter: asked }
  for (let page = 0; next !== undefined && page < MOST_PAGES && empty < MOST_EMPTY; page += 1) {
    if (found.size >= MOST_DATASETS) break
    const answer: PartnerAnswer = await partners.send(provider, { url: next.url, message: requestOf(next.filter) })
    if (answer.status === 400 && asked.length > 0) filterRefused(answer, provider)
    received += answer.size
    if (received > MOST_BYTES) refuse('peer-refused', 'the catalog of the partner is too long to be read', NARROWER)
    const values = catalogIn(answer, provider).dataset ?? []
    const before = found.size
    for (const value of values) {
      const dataset = readRemoteDataset(provider, value)
      if (dataset === undefined) unreadable += 1
      else if (!found.has(dataset.id)) found.set(dataset.id, dataset)
    }
    empty = found.size === before ? empty + 1 : 0
    links ||= answer.link !== undefined
    const counts = !links && asked.length === 0 && found.size > before
    next = linkedPage(answer, next) ?? (counts ? countedPage(url, page, values.length) : undefined)
  }
  const datasets = [...found.values()].slice(0, MOST_DATASETS)
  return { provider, datasets, unreadable, more: next !== undefined || found.size > MOST_DATASETS }
}

const NARROWER = 'Ask for less: tanemaki catalog browse has options such as --text and --keyword.'

function requestOf(filter: readonly object[]): object {
  const message = { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage' }
  return filter.length === 0 ? message : { ...message, filter }
}

/** The page that the answer links to. A request carries a token of ours, so it goes to the partner's own origin alone. */
function linkedPage({ link = '' }: PartnerAnswer, { url, filter }: NextPage): NextPage | undefined {
  const target = linkTarget(link, 'next')
  if (target === undefined) return undefined
  const next = URL.canParse(target, url) ? new URL(target, url) : undefined
  if (next?.origin !== new URL(url).origin) {
    refuse('peer-refused', 'the catalog of the partner goes on at another address than its own', 'Tell the partner.')
  }
  return next.href === url ? undefined : { url: next.href, filter }
}

/** Where a provider gives no links: a full page may not be the last one. */
function countedPage(url: string, page: number, length: number): NextPage | undefined {
  if (length < FIRST_PAGE) return undefined
  return { url, filter: [{ '@type': 'QuerySpec', offset: (page + 1) * FIRST_PAGE, limit: FIRST_PAGE }] }
}

function filterRefused(answer: PartnerAnswer, provider: ParticipantId): never {
  refuse(
    'peer-refused',
    `${provider} does not filter its catalog as asked${reasonsIn(answer)}`,
    `See all that it offers, without options: tanemaki catalog browse ${provider}`,
  )
}
