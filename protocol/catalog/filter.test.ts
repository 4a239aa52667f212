import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CatalogFilter } from '../../schemas/catalog.ts'
import { filterTest, joinFilters, searchedDataset } from './filter.ts'

const dataset = searchedDataset(
  {
    title: 'Household Ｓｕｒｖｅｙ 2026',
    description: 'Income by region. 地域別の所得、ｶﾀｶﾅ。',
    name: 'household-survey',
    keywords: ['Income', '家計'],
  },
  { conformsTo: 'urn:croissant', publisher: 'did:web:bureau.example' },
)
const fits = (filter: CatalogFilter) => filterTest(filter)(dataset)

describe('a catalog filter', () => {
  it.each<[CatalogFilter, boolean]>([
    [{}, true],
    [{ text: 'HOUSEHOLD' }, true],
    [{ text: 'survey income  REGION' }, true],
    [{ text: 'survey wealth' }, false],
    [{ text: '所得' }, true],
    [{ text: 'カタカナ' }, true],
    [{ text: 'household-survey' }, true],
    [{ keyword: ['income'] }, true],
    [{ keyword: ['家計', 'INCOME'] }, true],
    [{ keyword: ['inc'] }, false],
    [{ publisher: 'did:web:bureau.example' }, true],
    [{ publisher: 'did:web:Bureau.example' }, false],
    [{ conformsTo: 'urn:croissant', text: 'income' }, true],
    [{ conformsTo: 'urn:other' }, false],
  ])('%j fits: %s', (filter, expected) => {
    expect(fits(filter)).toBe(expected)
  })

  it('finds every dataset by any piece of its own text without white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), (title, a, b) => {
        const searched = searchedDataset(
          { title, description: '-', name: '-', keywords: [] },
          { conformsTo: '', publisher: '' },
        )
        const [from, to] = [a % title.length, b % title.length].toSorted((left, right) => left - right)
        const piece = searched.text.slice(from, (to ?? 0) + 1)
        const words = piece.split(/\s+/u).filter((word) => word !== '')
        for (const word of words) expect(filterTest({ text: word })(searched)).toBe(true)
      }),
    )
  })

  it('of two says both, or that nothing can fit', () => {
    expect(joinFilters({ text: 'a', keyword: ['x'] }, { keyword: ['x', 'y'], purpose: 'p' })).toEqual({
      text: 'a',
      keyword: ['x', 'y'],
      purpose: 'p',
    })
    expect(joinFilters({ text: 'a' }, { text: 'b' })).toBeUndefined()
  })
})
