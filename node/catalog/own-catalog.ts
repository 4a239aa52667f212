import { type PageRequest, readCatalogQuery, writeContinuation } from '../../protocol/catalog/query.ts'
import { catalogJson, renderDataset } from '../../protocol/catalog/render.ts'
import { membershipsOf, validAuthorities } from '../../protocol/policy/memberships.ts'
import { Refused } from '../../protocol/refusal.ts'
import {
  type CatalogCheck,
  type CatalogFault,
  type CatalogPlace,
  type DataService,
  FIRST_PAGE,
} from '../../schemas/catalog.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { Peer } from '../identity/operations.ts'
import { createDecisions, notUnderstood } from './decisions.ts'
import { createEntries, type Entries, offersAt } from './entries.ts'
import type { CatalogDeps, CatalogPage, Catalogs } from './operations.ts'
import { publishedFrom, type Seen, seenFrom } from './walk.ts'

/** The offers of this node as a given peer may see them. */
export function createOwnCatalog(deps: CatalogDeps): Pick<Catalogs, 'page' | 'dataset' | 'findOffer' | 'check'> {
  const { datasets, identity, partners } = deps
  const entries = createEntries(deps)
  const viewer = createDecisions({ ...deps, entries })
  const service: DataService = {
    '@id': `${partners.address}#service`,
    '@type': 'DataService',
    endpointURL: partners.address,
  }
  const root = { id: `${partners.address}#catalog`, participantId: identity.did, service }
  return {
    page: async (peer, { filter, continuation }) => {
      const request = readCatalogQuery(filter, continuation)
      if ('code' in request) throw new Refused(request)
      const context = await contextOf(deps, peer)
      const { purpose } = request.filter
      const sees = viewer(context)
      const permits = purpose === undefined ? sees : viewer({ ...context, purpose })
      const { shown, more } = await collect(seenFrom({ ...deps, entries }, { request, sees, permits }), request)
      const json = catalogJson(
        root,
        shown.map(({ entry, shown }) => entry.json(shown)),
      )
      return { json, ...linksOf(request, shown, more) }
    },
    dataset: async (peer, id) => {
      const stored = await entries.read(id)
      if (stored === undefined) return undefined
      const { record, revision } = stored
      const place = { id, revision, createdAt: Date.parse(record.createdAt) }
      const shown = await viewer(await contextOf(deps, peer))(place)
      if (shown === '') return undefined
      return { '@context': [DSP_CONTEXT], ...renderDataset(record, offersAt(record.offers, shown), service) }
    },
    findOffer: async (offer) => {
      const candidates = offer.target === undefined ? await datasets.withOffer(offer['@id']) : [offer.target]
      for (const id of candidates) {
        const record = (await entries.read(id))?.record
        const own = record?.offers.find((candidate) => candidate['@id'] === offer['@id'])
        if (record === undefined || own === undefined) continue
        const { manifestId } = record
        return { datasetId: record.id, offer: own, ...(manifestId === undefined ? {} : { manifestId }) }
      }
      return undefined
    },
    check: () => checkPublished(deps, entries),
  }
}

async function checkPublished(deps: CatalogDeps, entries: Entries): Promise<CatalogCheck> {
  const { operands } = await deps.governance.rulebook()
  const faults: CatalogFault[] = []
  let published = 0
  for await (const place of publishedFrom(deps, undefined)) {
    published += 1
    const entry = await entries.get(place)
    if (entry !== undefined && 'fault' in entry) faults.push({ dataset: place.id, reason: entry.fault })
    if (entry === undefined || 'fault' in entry) continue
    for (const offer of entry.offers) {
      const reason = notUnderstood(offer, operands, deps.clock.now())
      if (reason !== undefined) faults.push({ dataset: place.id, offerId: offer['@id'], reason })
    }
  }
  return { published, faults }
}

async function contextOf({ governance, clock }: CatalogDeps, peer: Peer) {
  const { operands } = await governance.rulebook()
  const memberships = validAuthorities(membershipsOf(peer.credentials), clock.now()).sort()
  return { scope: 'catalog', recipient: peer.id, memberships, use: 1, operands } as const
}

/** Bytes at which a page ends that holds as many datasets as a first one. */
const LONGEST_LARGE_PAGE = 1 << 20

async function collect(
  seen: AsyncIterable<Seen>,
  { skip, limit, from }: PageRequest,
): Promise<{ shown: Seen[]; more: boolean }> {
  const shown: Seen[] = []
  let more = false
  let passed = 0
  let bytes = 0
  for await (const dataset of seen) {
    if (passed < skip) passed += 1
    else if (shown.length >= limit || (shown.length >= FIRST_PAGE && bytes >= LONGEST_LARGE_PAGE)) {
      more = true
      break
    } else {
      shown.push(dataset)
      bytes += dataset.entry.json(dataset.shown).length
    }
  }
  return { shown: from !== undefined && 'before' in from ? shown.reverse() : shown, more }
}

const START: CatalogPlace = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

/** Tokens of the pages around this one. A page may have become empty since somebody was sent to it. */
function linksOf(request: PageRequest, shown: readonly Seen[], more: boolean): Pick<CatalogPage, 'next' | 'previous'> {
  const place = ({ place: { createdAt, id } }: Seen): CatalogPlace => ({ createdAt, id })
  const [first, last] = [shown[0], shown.at(-1)]
  const { from, skip } = request
  const links: { next?: string; previous?: string } = {}
  if (from !== undefined && 'before' in from) {
    links.next = writeContinuation(request, { after: last === undefined ? START : place(last) })
    if (more && first !== undefined) links.previous = writeContinuation(request, { before: place(first) })
    return links
  }
  if (more && last !== undefined) links.next = writeContinuation(request, { after: place(last) })
  if (from === undefined && skip === 0) return links
  const end = from === undefined ? undefined : { createdAt: from.after.createdAt, id: '' }
  const before = first === undefined ? end : place(first)
  if (before !== undefined) links.previous = writeContinuation(request, { before })
  return links
}
