import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { faultOf } from '../../protocol/dsp/messages.ts'
import { OFFER_TEMPLATES } from '../../protocol/policy/templates.ts'
import { type Refusal, Refused } from '../../protocol/refusal.ts'
import { CatalogFilter, CatalogRequestMessage } from '../../schemas/catalog.ts'
import { Iri, ParticipantId } from '../../schemas/ids.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Offer, OfferTerms } from '../../schemas/policy.ts'
import { readDspMessage } from '../dsp/read-message.ts'
import { parseBody } from '../http/parse-body.ts'
import { problemKinds } from '../http/problem.ts'
import type { Identity } from '../identity/operations.ts'
import type { Catalogs, Partners } from './operations.ts'

export interface CatalogRouteDeps {
  readonly catalogs: Catalogs
  readonly identity: Identity
  readonly partners: Partners
}

const BASE = '/dsp/2025-1'

/** `/dsp/.well-known/dspace-version` and `/dsp/2025-1/catalog/**`. */
export function publicRoutes({ catalogs, identity, partners }: CatalogRouteDeps): Hono {
  const page = async (c: Context, filter: readonly unknown[] | undefined) => {
    const peer = await identity.authenticate(c.req.header('authorization'))
    const continuation = c.req.query('continuationToken')
    const found = await catalogs.page(peer, {
      ...(filter === undefined ? {} : { filter }),
      ...(continuation === undefined ? {} : { continuation }),
    })
    for (const rel of ['next', 'previous'] as const) {
      if (found[rel] === undefined) continue
      const link = `<${partners.address}/catalog/request?continuationToken=${found[rel]}>; rel="${rel}"`
      c.header('link', link, { append: true })
    }
    return c.body(new Uint8Array(found.json), 200, { 'content-type': 'application/json' })
  }
  const app = new Hono()
    .get('/dsp/.well-known/dspace-version', (c) =>
      c.json({
        protocolVersions: [
          {
            version: '2025-1',
            path: '/2025-1',
            binding: 'HTTPS',
            identifierType: 'did:web',
            serviceId: partners.address,
            auth: { protocol: 'DCP', version: '1.0', profile: ['vc11-sl2021/jwt'] },
          },
        ],
      }),
    )
    .post(`${BASE}/catalog/request`, async (c) => page(c, (await readDspMessage(c, CatalogRequestMessage)).filter))
    .get(`${BASE}/catalog/request`, (c) => page(c, undefined))
    .get(`${BASE}/catalog/datasets/:id`, async (c) => {
      const peer = await identity.authenticate(c.req.header('authorization'))
      const dataset = await catalogs.dataset(peer, c.req.param('id'))
      if (dataset !== undefined) return c.json(dataset)
      return c.json(errorBody({ code: 'not-found', detail: 'there is no such dataset', hint: '' }), 404)
    })
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error
    const { status } = problemKinds[error.refusal.code]
    return c.body(JSON.stringify(errorBody(error.refusal)), status as 400, { 'content-type': 'application/json' })
  })
  return app
}

function errorBody(refusal: Refusal) {
  return { '@context': [DSP_CONTEXT], '@type': 'CatalogError', ...faultOf(refusal) }
}

const Explain = z.strictObject({
  provider: ParticipantId,
  dataset: Iri,
  purpose: z.string().min(1).max(512).optional(),
})
const ExplainOwn = z.strictObject({
  dataset: Iri,
  partner: ParticipantId,
  purpose: z.string().min(1).max(512).optional(),
})
const Browse = z.strictObject({ provider: ParticipantId, filter: CatalogFilter.optional() })
const Show = z.strictObject({ provider: ParticipantId, dataset: Iri })
const Check = z.union([z.strictObject({ terms: OfferTerms }), z.strictObject({ offer: Offer })])

/** `/catalog/**` and `/policy/**` of the management API. */
export function managementRoutes({ catalogs }: Pick<CatalogRouteDeps, 'catalogs'>): Hono {
  return new Hono()
    .get('/catalog/check', async (c) => c.json(await catalogs.check()))
    .post('/catalog/browse', async (c) => {
      const { provider, filter } = await parseBody(c, Browse)
      return c.json(await catalogs.browse(provider, filter))
    })
    .post('/catalog/show', async (c) => {
      const { provider, dataset } = await parseBody(c, Show)
      return c.json(await catalogs.show(provider, dataset))
    })
    .get('/policy/templates', (c) => c.json({ templates: OFFER_TEMPLATES }))
    .post('/policy/check', async (c) => {
      const body = await parseBody(c, Check)
      const offer = 'terms' in body ? await catalogs.checkTerms(body.terms) : await catalogs.checkOffer(body.offer)
      return c.json({ offer })
    })
    .post('/policy/explain', async (c) => {
      const { purpose, ...request } = await parseBody(c, Explain)
      return c.json({
        forecasts: await catalogs.explain({ ...request, ...(purpose === undefined ? {} : { purpose }) }),
      })
    })
    .post('/policy/explain-own', async (c) => {
      const { purpose, ...request } = await parseBody(c, ExplainOwn)
      const forecasts = await catalogs.explainOwn({ ...request, ...(purpose === undefined ? {} : { purpose }) })
      return c.json({ forecasts })
    })
}
