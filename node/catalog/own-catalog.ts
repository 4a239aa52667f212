import { renderCatalog, renderDataset } from '../../protocol/catalog/render.ts'
import { readCatalogQuery } from '../../protocol/catalog/query.ts'
import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { membershipsOf, validAuthorities } from '../../protocol/policy/memberships.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { CatalogDataset, DataService } from '../../schemas/catalog.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { Peer } from '../identity/operations.ts'
import { errorFields } from '../telemetry/logger.ts'
import type { CatalogDeps, Catalogs } from './operations.ts'

/** The offers of this node as a given peer may see them. */
export function createOwnCatalog(deps: CatalogDeps): Pick<Catalogs, 'page' | 'dataset' | 'findOffer'> {
  const { datasets, identity, partners } = deps
  const service: DataService = {
    '@id': `${partners.address}#service`,
    '@type': 'DataService',
    endpointURL: partners.address,
  }
  return {
    page: async (peer, { filter, continuation }) => {
      const query = readCatalogQuery(filter, continuation)
      if ('code' in query) throw new Refused(query)
      const { offset, limit } = query
      const visible = await visibleTo(deps, peer)
      const published = (await datasets.published()).flatMap((record) => visible(record))
      const shown = published.slice(offset, offset + limit)
      const rendered = shown.flatMap(({ record, offers }) => rendering(deps, record, offers))
      const catalog = renderCatalog({
        id: `${partners.address}#catalog`,
        participantId: identity.did,
        service,
        datasets: rendered,
      })
      return {
        catalog,
        ...(offset + limit < published.length ? { next: String(offset + limit) } : {}),
        ...(offset > 0 ? { previous: String(Math.max(0, offset - limit)) } : {}),
      }
    },
    dataset: async (peer, id) => {
      const record = await datasets.get(id)
      if (record?.state !== 'published') return undefined
      const [seen] = (await visibleTo(deps, peer))(record)
      if (seen === undefined) return undefined
      return { '@context': [DSP_CONTEXT], ...renderDataset(record, seen.offers, service) }
    },
    findOffer: async (offer) => {
      const named = offer.target === undefined ? undefined : await datasets.get(offer.target)
      const candidates = offer.target === undefined ? await datasets.published() : named === undefined ? [] : [named]
      for (const record of candidates) {
        const own = record.offers.find((candidate) => candidate['@id'] === offer['@id'])
        if (record.state !== 'published' || own === undefined) continue
        const { manifestId } = record
        return { datasetId: record.id, offer: own, ...(manifestId === undefined ? {} : { manifestId }) }
      }
      return undefined
    },
  }
}

interface Visible {
  readonly record: DatasetRecord
  readonly offers: readonly Offer[]
}

async function visibleTo(
  { governance, clock }: CatalogDeps,
  peer: Peer,
): Promise<(record: DatasetRecord) => Visible[]> {
  const { operands } = await governance.rulebook()
  const now = clock.now()
  const context = {
    scope: 'catalog',
    recipient: peer.id,
    memberships: validAuthorities(membershipsOf(peer.credentials), now),
    use: 1,
    operands,
  } as const
  return (record) => {
    const offers = record.offers.filter((offer) => evaluatePolicy(offer, context, now).permitted)
    return offers.length === 0 ? [] : [{ record, offers }]
  }
}

/** One dataset that cannot be rendered never hides the others; the operator sees which it is. */
function rendering({ partners, log }: CatalogDeps, record: DatasetRecord, offers: readonly Offer[]): CatalogDataset[] {
  try {
    return [renderDataset(record, offers, `${partners.address}#service`)]
  } catch (error) {
    log.error('catalog-dataset-left-out', { dataset: record.id, ...errorFields(error) })
    return []
  }
}
