import { describe, expect, it } from 'vitest'
import { Did } from '../../schemas/ids.ts'
import { readCatalogQuery } from './query.ts'
import { readRemoteDataset } from './render.ts'

describe('a catalog request', () => {
  it('asks for the first hundred datasets when it says nothing', () => {
    expect(readCatalogQuery(undefined, undefined)).toEqual({ offset: 0, limit: 100 })
    expect(readCatalogQuery([], '200')).toEqual({ offset: 200, limit: 100 })
  })

  it('may page with a QuerySpec, plain or prefixed', () => {
    const spec = { '@type': 'QuerySpec', offset: 50, limit: 50, sortOrder: 'ASC', filterExpression: [] }
    expect(readCatalogQuery([spec], undefined)).toEqual({ offset: 50, limit: 50 })
    expect(readCatalogQuery([{ 'edc:offset': 5, 'https://w3id.org/edc/v0.0.1/ns/limit': 7 }], undefined)).toEqual({
      offset: 5,
      limit: 7,
    })
  })

  it.each([
    [[{ filterExpression: [{ operandLeft: 'id' }] }], undefined],
    [[{}, {}], undefined],
    [['title=x'], undefined],
    [undefined, 'abc'],
    [undefined, '-1'],
  ])('is refused when the filter is not supported: %j %s', (filter, continuation) => {
    expect(readCatalogQuery(filter, continuation)).toMatchObject({ code: 'invalid-request' })
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
