import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CATALOG_FILTER, CatalogFilter, type CatalogPlace } from '../../schemas/catalog.ts'
import { Did } from '../../schemas/ids.ts'
import { utf8 } from '../canonical/hash.ts'
import { type PageRequest, readCatalogQuery, writeContinuation, writeFilter } from './query.ts'
import { catalogJson, readRemoteDataset, renderCatalog } from './render.ts'

const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => CatalogFilter.safeParse({ text }).success)
const filters: fc.Arbitrary<CatalogFilter> = fc
  .record(
    { text: word, publisher: word, keyword: fc.uniqueArray(word, { minLength: 1, maxLength: 8 }), purpose: word },
    { requiredKeys: [] },
  )
  .map((filter) => CatalogFilter.parse(filter))
const places: fc.Arbitrary<CatalogPlace> = fc.record({ createdAt: fc.maxSafeInteger(), id: fc.uuid() })
const froms: fc.Arbitrary<NonNullable<PageRequest['from']>> = fc.oneof(
  places.map((after) => ({ after })),
  places.map((before) => ({ before })),
)

describe('a catalog request', () => {
  it('asks for the first hundred datasets when it says nothing', () => {
    expect(readCatalogQuery(undefined, undefined)).toEqual({ filter: {}, skip: 0, limit: 100, limitBeside: 500 })
    expect(readCatalogQuery([], undefined)).toEqual({ filter: {}, skip: 0, limit: 100, limitBeside: 500 })
  })

  it('may page with a QuerySpec, plain or prefixed', () => {
    const spec = { '@type': 'QuerySpec', offset: 50, limit: 50, sortOrder: 'ASC', filterExpression: [] }
    expect(readCatalogQuery([spec], undefined)).toEqual({ filter: {}, skip: 50, limit: 50, limitBeside: 50 })
    expect(
      readCatalogQuery(
        [{ '@type': 'edc:QuerySpec', 'edc:offset': 5, 'https://w3id.org/edc/v0.0.1/ns/limit': 7 }],
        undefined,
      ),
    ).toEqual({ filter: {}, skip: 5, limit: 7, limitBeside: 7 })
    expect(readCatalogQuery([{ '@type': 'QuerySpec', limit: 1000 }], undefined)).toMatchObject({ limit: 100 })
  })

  it('may ask with criteria of EDC for what our filter can say', () => {
    const criterion = (operandLeft: unknown, operator: string, operandRight: unknown) => ({
      '@type': 'Criterion',
      operandLeft,
      operator,
      operandRight,
    })
    const filterExpression = [
      criterion('https://w3id.org/edc/v0.0.1/ns/keyword', 'contains', 'a'),
      criterion('dcat:keyword', '=', { '@value': 'b' }),
      criterion('dct:conformsTo', '=', { '@id': 'urn:x' }),
    ]
    const spec = { '@type': 'QuerySpec', limit: 10, filterExpression }
    const ours = writeFilter({ text: 'c', keyword: ['a'] })
    expect(readCatalogQuery([spec, ours], undefined)).toEqual({
      filter: { text: 'c', keyword: ['a', 'b'], conformsTo: 'urn:x' },
      skip: 0,
      limit: 10,
      limitBeside: 10,
    })
    for (const refused of [
      criterion('id', '=', 'x'),
      criterion('keyword', 'like', '%x%'),
      criterion('purpose', '=', ['a', 'b']),
      criterion('purpose', '=', 5.5e300 * 1e300),
    ]) {
      expect(readCatalogQuery([{ filterExpression: [refused] }], undefined)).toMatchObject({ code: 'invalid-request' })
    }
  })

  it.each([
    [[{ filterExpression: [{ operandLeft: 'id' }] }], undefined],
    [[{}, {}], undefined],
    [['title=x'], undefined],
    [[{ '@type': 'QuerySpec', sortField: 'title' }], undefined],
    [[{ '@type': CATALOG_FILTER, colour: 'red' }], undefined],
    [[{ '@type': CATALOG_FILTER, text: ' ' }], undefined],
    [[{ '@type': CATALOG_FILTER, text: 'a\nb' }], undefined],
    [[writeFilter({ text: 'a' }), writeFilter({ text: 'b' })], undefined],
    [
      [
        writeFilter({ publisher: 'a' }),
        { filterExpression: [{ operandLeft: 'publisher', operator: '=', operandRight: 'b' }] },
      ],
      undefined,
    ],
    [
      [writeFilter({ text: '字'.repeat(256), keyword: Array.from({ length: 8 }, (_, at) => '語'.repeat(60) + at) })],
      undefined,
    ],
    [undefined, 'abc'],
    [undefined, '-1'],
    [undefined, '100'],
    [undefined, Buffer.from('{"v":1,"limit":5,"filter":{}}').toString('base64url')],
    [undefined, Buffer.from('{"v":1,"limit":5000,"filter":{},"after":{"createdAt":1,"id":"a"}}').toString('base64url')],
  ])('is refused when the filter or the token is not supported: %j %s', (filter, continuation) => {
    expect(readCatalogQuery(filter, continuation)).toMatchObject({ code: 'invalid-request' })
  })

  it('is told what is supported when its filter is not', () => {
    const refusal = readCatalogQuery([{ '@type': 'SparqlQuery' }], undefined)
    for (const supported of [CATALOG_FILTER, 'text', 'purpose', 'QuerySpec', 'offset']) {
      expect('detail' in refusal ? refusal.detail : '').toContain(supported)
    }
  })

  it('goes on with the same filter and page size behind a token, which fits into an address', () => {
    fc.assert(
      fc.property(filters, fc.integer({ min: 1, max: 500 }), froms, (filter, limit, from) => {
        const asked = readCatalogQuery([writeFilter(filter)], undefined)
        const token = writeContinuation({ filter, limitBeside: limit }, from)
        expect(asked).toMatchObject({ filter })
        expect(token).toMatch(/^[A-Za-z0-9_-]{1,4000}$/)
        // The message that asked for the first page may be said again: the token decides.
        for (const said of [undefined, [writeFilter(filter)], [{ '@type': 'QuerySpec', offset: 0 }]]) {
          expect(readCatalogQuery(said, token)).toEqual({ filter, limit, limitBeside: limit, skip: 0, from })
        }
      }),
    )
  })
})

describe('a catalog', () => {
  it('made of rendered datasets says what one made of datasets says', () => {
    const service = { '@id': 'urn:s', '@type': 'DataService' as const, endpointURL: 'https://p.example/dsp' }
    const parts = { id: 'urn:c', participantId: Did.parse('did:web:p.example'), service }
    const offer = { '@id': 'o', '@type': 'Offer' as const }
    for (const count of [0, 1, 3]) {
      const datasets = Array.from({ length: count }, (_, at) => ({
        '@id': `urn:d:${at}`,
        '@type': 'Dataset' as const,
        'dct:title': '"},{\\',
        hasPolicy: [offer],
        distribution: [],
      }))
      const rendered = datasets.map((dataset) => utf8(JSON.stringify(dataset)))
      expect(new TextDecoder().decode(catalogJson(parts, rendered))).toBe(
        JSON.stringify(renderCatalog({ ...parts, datasets })),
      )
    }
  })
})

describe('a dataset of a partner', () => {
  const provider = Did.parse('did:web:p.example')
  it('is read with and without prefixes', () => {
    const offer = { '@id': 'o', permission: { action: 'use' } }
    const plain = { '@id': 'd', title: 'T', keyword: 'a', hasPolicy: offer, distribution: [] }
    const prefixed = { '@id': 'd', 'dct:title': { '@value': 'T' }, 'dcat:keyword': ['a'], hasPolicy: [offer] }
    for (const dataset of [plain, prefixed]) {
      expect(readRemoteDataset(provider, dataset)).toMatchObject({ id: 'd', title: 'T', keywords: ['a'] })
    }
  })

  it('is left out when it has no id or an offer that cannot be read', () => {
    expect(readRemoteDataset(provider, { title: 'T' })).toBeUndefined()
    expect(readRemoteDataset(provider, { '@id': 'd', hasPolicy: [{ permission: 5 }] })).toBeUndefined()
  })
})
