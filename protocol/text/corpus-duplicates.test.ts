import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctPairs, pairsInBand, removeLater } from './corpus-duplicates.ts'

const asPairs = (flat: Uint32Array) =>
  Array.from({ length: flat.length / 2 }, (_, at) => `${flat[2 * at]}-${flat[2 * at + 1]}`)
const numbers = (count: number) => Uint32Array.from({ length: count }, (_, at) => at)

describe('candidates of one band', () => {
  it('are exactly the pairs of equal keys, while no key is shared by more than nine texts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 60 }), (drawn) => {
        const seen = new Map<number, number>()
        const keys = drawn.filter((key) => {
          seen.set(key, (seen.get(key) ?? 0) + 1)
          return (seen.get(key) ?? 0) <= 9
        })
        const expected = keys.flatMap((key, later) =>
          keys.slice(0, later).flatMap((other, earlier) => (other === key ? [`${earlier}-${later}`] : [])),
        )
        const { pairs, passedOver } = pairsInBand(Uint32Array.from(keys), numbers(keys.length))
        expect(asPairs(pairs).sort()).toEqual(expected.sort())
        expect(passedOver).toBe(0)
      }),
    )
  })

  it('stay linear where all texts share a key, and say how many pairs were passed over', () => {
    const { pairs, passedOver } = pairsInBand(new Uint32Array(1000).fill(7), numbers(1000))
    expect(pairs.length / 2).toBeLessThanOrEqual(9 * 1000)
    expect(pairs.length / 2 + passedOver).toBe((1000 * 999) / 2)
    expect(asPairs(pairs)).toContain('0-999')
  })

  it('name the texts by their numbers in the corpus', () => {
    expect(asPairs(pairsInBand(Uint32Array.of(5, 6, 5), Uint32Array.of(10, 20, 30)).pairs)).toEqual(['10-30'])
  })
})

it('pairs of several bands are taken once each, ascending by the later text', () => {
  const bands = [Uint32Array.of(3, 9, 0, 5), Uint32Array.of(1, 9, 3, 9, 2, 20)]
  expect(asPairs(distinctPairs(bands, { from: 0, to: 10 }))).toEqual(['0-5', '1-9', '3-9'])
  expect(asPairs(distinctPairs(bands, { from: 10, to: 30 }))).toEqual(['2-20'])
})

it('a text that is similar only to a removed one stays', () => {
  const removed = new Uint8Array(4)
  removeLater(removed, Uint32Array.of(0, 1, 1, 2, 2, 3))
  expect([...removed]).toEqual([0, 1, 0, 1])
})
