import { expect, test } from 'vitest'
import { cosine, hashedEmbedding } from './embedding.ts'
import { japaneseShare, kanaShare, latinShare, simplifiedOnlyCharacters } from './language.ts'
import { characterNgrams, distinctShare, overlapShare } from './ngrams.ts'
import { numbersIn } from './numbers.ts'
import { words } from './words.ts'

test('n-grams of a text run over code points and repeat', () => {
  expect(characterNgrams('𠮷𠮷𠮷', 2)).toEqual(['𠮷𠮷', '𠮷𠮷'])
  expect(characterNgrams('ab', 3)).toEqual([])
})

test('the overlap with a reference is the share of the text’s own runs', () => {
  expect(overlapShare('abcdX', 'abcd', 2)).toBe(0.75)
  expect(overlapShare('a', 'abcd', 2)).toBe(0)
})

test('distinct-n falls when texts repeat themselves', () => {
  expect(distinctShare([['a', 'b', 'a', 'b']], 2)).toBeCloseTo(2 / 3)
  expect(distinctShare([], 2)).toBe(0)
})

test('words leave out spaces and punctuation', () => {
  expect(words('The law, as amended.')).toEqual(['The', 'law', 'as', 'amended'])
  expect(words('委員会は、令和八年に設置する。')).not.toContain('。')
})

test('shares of scripts tell Japanese from English and from Chinese', () => {
  expect(japaneseShare('第三条の規定により許可を受ける。')).toBe(1)
  expect(latinShare('Article 3 applies.')).toBe(1)
  expect(japaneseShare('12 ... ')).toBe(0)
  expect(kanaShare('我们根据法律办理')).toBe(0)
  expect(simplifiedOnlyCharacters('我们说这个')).toBe(3)
  expect(simplifiedOnlyCharacters('国会は法律を議決する。髙橋')).toBe(0)
})

test('numbers count by value in every notation', () => {
  const vectors: readonly (readonly [string, readonly number[]])[] = [
    ['１２３', [123]],
    ['一二三', [123]],
    ['二百五十人', [250]],
    ['第三条第2項', [3, 2]],
    ['令和八年', [8]],
    ['3億5,000万円', [350_000_000]],
    ['1万2千', [12_000]],
    ['1,234.5 and 0.25', [1234.5, 0.25]],
    ['2026年4月1日', [2026, 4, 1]],
    ['百分の五十', [100, 50]],
    ['十二', [12]],
    ['一千円', [1000]],
  ]
  for (const [text, values] of vectors) expect({ text, values: numbersIn(text) }).toEqual({ text, values })
})

test('kanji numerals inside words are no numbers', () => {
  expect(numbersIn('一般に千葉の百貨店は十分に万全である')).toEqual([])
})

test('shared wording brings hashed embeddings together', () => {
  const [a, b, c] = ['届出は三十日以内に行う', '届出は六十日以内に行う', 'Seeds never leave the node.'].map(
    hashedEmbedding,
  )
  if (a === undefined || b === undefined || c === undefined) throw new Error('no vectors')
  expect(cosine(a, a)).toBeCloseTo(1)
  expect(cosine(a, b)).toBeGreaterThan(0.4)
  expect(Math.abs(cosine(a, c))).toBeLessThan(0.2)
  expect(hashedEmbedding(' ').every((value) => value === 0)).toBe(true)
})
