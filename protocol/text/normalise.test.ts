import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { codePoints, normaliseForComparison } from './normalise.ts'

const anyText = fc
  .array(fc.nat(0x10ffff), { maxLength: 20 })
  .map((points) => points.map((point) => String.fromCodePoint(point)).join(''))

test('widths, hyphens, white space, invisible characters and case make no difference between texts', () => {
  const vectors: readonly (readonly [string, string])[] = [
    ['㈱種まき', '(株)種まき'],
    ['Ａ１ ｶﾞ', 'a1 ガ'],
    ['０３‐１２３４−５６７８', '03-1234-5678'],
    ['  条文 \n 本文　', '条文 本文'],
    ['葛\u{E0100}城', '葛城'],
    ['種\u200Bまき', '種まき'],
    ['㋿8年', '令和8年'],
  ]
  for (const [text, normal] of vectors) expect(normaliseForComparison(text)).toBe(normal)
})

test('variants of a name that Unicode keeps apart stay apart', () => {
  expect(normaliseForComparison('髙橋')).not.toBe(normaliseForComparison('高橋'))
})

test('normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const normal = normaliseForComparison(text)
      expect(normaliseForComparison(normal)).toBe(normal)
    }),
  )
})

test('a character outside the basic plane counts as one', () => {
  expect(codePoints('𠮷野家')).toHaveLength(3)
})
