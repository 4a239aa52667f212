import { readRemoteDataset } from '../../protocol/catalog/render.ts'
import { reasonTexts } from '../../protocol/dsp/process.ts'
import { refuse } from '../../protocol/refusal.ts'
import { Catalog, CatalogError, type RemoteDataset } from '../../schemas/catalog.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { CatalogDeps, Catalogs, PartnerAnswer } from './operations.ts'

const PAGE = 100
const MOST_PAGES = 100
/** All pages together: a catalog is held in memory. */
const MOST_BYTES = 32 << 20

/** What partners offer, read over the Dataspace Protocol. */
export function createRemoteCatalogs({ partners }: CatalogDeps): Pick<Catalogs, 'browse' | 'show'> {
  return {
    browse: async (provider) => {
      const url = `${await partners.addressOf(provider)}/catalog/request`
      const datasets: RemoteDataset[] = []
      const ids = new Set<string>()
      let unreadable = 0
      let received = 0
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const filter = page === 0 ? {} : { filter: [{ '@type': 'QuerySpec', offset: page * PAGE, limit: PAGE }] }
        const message = { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage', ...filter }
        const answer = await partners.send(provider, { url, message })
        received += answer.size
        if (received > MOST_BYTES) refuse('peer-refused', 'the catalog of the partner is too long to be read', HINT)
        const catalog = catalogIn(answer, provider)
        const values = catalog.dataset ?? []
        const before = ids.size
        for (const value of values) {
          const dataset = readRemoteDataset(provider, value)
          if (dataset === undefined) unreadable += 1
          else if (!ids.has(dataset.id)) {
            ids.add(dataset.id)
            datasets.push(dataset)
          }
        }
        if (values.length < PAGE || ids.size === before) break
      }
      return { provider, datasets, unreadable }
    },
    show: async (provider, id) => {
      const url = `${await partners.addressOf(provider)}/catalog/datasets/${encodeURIComponent(id)}`
      const answer = await partners.send(provider, { url })
      if (answer.status === 404) {
        refuse(
          'not-found',
          'the partner offers you no such dataset',
          `See what it offers, by id: tanemaki catalog browse ${provider}`,
        )
      }
      if (answer.status !== 200) refusedBy(answer, provider)
      const dataset = readRemoteDataset(provider, answer.body)
      return dataset ?? refuse('peer-refused', 'the partner describes the dataset in a way that cannot be read', HINT)
    },
  }
}

const HINT = 'Tell the partner; its node does not follow Dataspace Protocol 2025-1.'

function catalogIn(answer: PartnerAnswer, provider: ParticipantId): Catalog {
  if (answer.status !== 200) refusedBy(answer, provider)
  const catalog = Catalog.safeParse(answer.body)
  return catalog.data ?? refuse('peer-refused', 'the answer of the partner is no catalog', HINT)
}

function refusedBy({ status, body, clockAhead }: PartnerAnswer, provider: ParticipantId): never {
  const reasons = reasonTexts(CatalogError.safeParse(body).data?.reason ?? [])
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ').slice(0, 500)}`
  return refuse(
    'peer-refused',
    `${provider} answered ${status}${why}`,
    status === 401 ? hintUnverified(clockAhead) : 'Ask the partner, or try again later.',
  )
}

function hintUnverified(clockAhead: number | undefined): string {
  if (clockAhead === undefined) return 'Check your membership: tanemaki member status.'
  return `Set both clocks by NTP: that of the partner is ${Math.abs(clockAhead)} s ${clockAhead > 0 ? 'ahead' : 'behind'}, and requests bear 5 s.`
}
