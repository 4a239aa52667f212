import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../test/refusal-of.ts'
import { CATALOG_FILTER, type CatalogFilter } from '../../schemas/catalog.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Did } from '../../schemas/ids.ts'
import { browse } from './browse.ts'
import type { PartnerAnswer, Partners } from './operations.ts'

const PARTNER = Did.parse('did:web:partner.example')
const ADDRESS = 'https://partner.example/dsp/2025-1'
const REQUEST = `${ADDRESS}/catalog/request`

interface Sent {
  readonly url: string
  readonly filter?: unknown
}

function datasets(from: number, count: number) {
  return Array.from({ length: count }, (_, at) => ({ '@id': `urn:d:${from + at}`, '@type': 'Dataset' }))
}

function catalog(dataset: unknown[], link?: string): PartnerAnswer {
  const root = { '@context': [DSP_CONTEXT], '@id': 'urn:c', '@type': 'Catalog', participantId: PARTNER }
  return { status: 200, body: { ...root, dataset }, size: 1000, ...(link === undefined ? {} : { link }) }
}

/** Browses a partner that answers as told; what it was asked besides the result. */
async function browsing(answer: (sent: Sent, asked: number) => PartnerAnswer, filter?: CatalogFilter) {
  const sent: Sent[] = []
  const partners: Pick<Partners, 'addressOf' | 'send'> = {
    addressOf: async () => ADDRESS,
    send: async (_, { url, message }) => {
      const asked: Sent = { url, ...(message !== undefined && 'filter' in message ? { filter: message.filter } : {}) }
      sent.push(asked)
      return answer(asked, sent.length)
    },
  }
  const found = await browse({ partners: partners as Partners }, PARTNER, filter)
  return { found, sent, ids: found.datasets.length }
}

const next = (url: string) => `<${url}>; rel="next"`

describe('browsing a partner', () => {
  it('follows its links, absolute or relative, and says the same message there', async () => {
    const filter = { text: 'income' }
    const said = [{ '@type': CATALOG_FILTER, text: 'income' }]
    const { ids, sent, found } = await browsing(
      (_, asked) =>
        [
          catalog(datasets(0, 3), next(`${REQUEST}?t=1`)),
          catalog(datasets(3, 3), `</x>; rel="prev", ${next('/dsp/2025-1/catalog/request?t=2')}`),
        ][asked - 1] ?? catalog(datasets(6, 1)),
      filter,
    )
    expect(ids).toBe(7)
    expect(found.more).toBe(false)
    expect(sent).toEqual([
      { url: REQUEST, filter: said },
      { url: `${REQUEST}?t=1`, filter: said },
      { url: `${REQUEST}?t=2`, filter: said },
    ])
  })

  it('is at the end where a page has no next link, however full it is, once there were links', async () => {
    const { ids, sent } = await browsing((_, asked) =>
      asked === 1 ? catalog(datasets(0, 100), next(`${REQUEST}?t=1`)) : catalog(datasets(100, 500)),
    )
    expect(ids).toBe(600)
    expect(sent.map(({ url }) => url)).toEqual([REQUEST, `${REQUEST}?t=1`])
  })

  it('counts with a QuerySpec where full pages come without links', async () => {
    const { ids, sent } = await browsing((_, asked) => catalog(datasets(asked * 100, asked < 3 ? 100 : 20)))
    expect(ids).toBe(220)
    expect(sent).toEqual([
      { url: REQUEST },
      { url: REQUEST, filter: [{ '@type': 'QuerySpec', offset: 100, limit: 100 }] },
      { url: REQUEST, filter: [{ '@type': 'QuerySpec', offset: 200, limit: 100 }] },
    ])
  })

  it.each([
    'https://other.example/catalog',
    'http://partner.example/catalog',
    '//other.example',
    'https://:0/',
    'file:///x',
  ])('sends nothing to %s, where the partner is not', async (url) => {
    const asked: string[] = []
    const refusal = await refusalOf(
      browsing((sent) => {
        asked.push(sent.url)
        return catalog(datasets(0, 1), next(url))
      }),
    )
    expect(refusal).toMatchObject({ code: 'peer-refused' })
    expect(asked).toEqual([REQUEST])
  })

  it('stops where the pages lead in a circle or bring nothing more', async () => {
    expect((await browsing(() => catalog(datasets(0, 2), next(REQUEST)))).sent).toHaveLength(1)
    const circle = await browsing(({ url }) =>
      catalog(datasets(0, 2), next(`${REQUEST}?t=${url.endsWith('1') ? 2 : 1}`)),
    )
    expect(circle.ids).toBe(2)
    expect(circle.sent.length).toBeLessThan(15)
    const empty = await browsing((_, asked) => catalog([], next(`${REQUEST}?t=${asked}`)))
    expect(empty.sent).toHaveLength(10)
    expect(empty.found.more).toBe(true)
  })

  it('goes on over an empty page', async () => {
    const { ids } = await browsing((_, asked) =>
      asked === 1 ? catalog([], next(`${REQUEST}?t=1`)) : catalog(datasets(0, 2)),
    )
    expect(ids).toBe(2)
  })

  it('says that there is more than it reads', async () => {
    const { found, ids } = await browsing((_, asked) =>
      catalog(datasets(asked * 100, 100), next(`${REQUEST}?t=${asked}`)),
    )
    expect(ids).toBe(10_000)
    expect(found.more).toBe(true)
  })

  it('says that the partner does not filter, and in its words why', async () => {
    const error = { '@context': [DSP_CONTEXT], '@type': 'CatalogError', code: '400', reason: ['no filters here'] }
    const refusal = await refusalOf(browsing(() => ({ status: 400, body: error, size: 100 }), { text: 'a' }))
    expect(refusal).toMatchObject({
      code: 'peer-refused',
      detail: `${PARTNER} does not filter its catalog as asked: no filters here`,
      hint: expect.stringContaining('without options'),
    })
  })
})
