import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bandKeys,
  binSignature,
  characterFeatures,
  estimatedJaccard,
  jaccard,
  permutationSignature,
  rowsPerBand,
  wordFeatures,
} from './minhash.ts'
import { createNearDuplicateIndex } from './near-duplicates.ts'

/** Two sets of 1,000 numbers of which `shared` are common. */
function pair(shared: number): [Uint32Array, Uint32Array] {
  const spread = (from: number) =>
    Uint32Array.from({ length: 1000 }, (_, at) => Math.imul(from + at + 1, 0x9e3779b1) >>> 0).sort()
  return [spread(0), spread(1000 - shared)]
}

test('both forms of MinHash estimate the Jaccard similarity', () => {
  for (const shared of [500, 800, 950]) {
    const [a, b] = pair(shared)
    const exact = jaccard(a, b)
    expect(exact).toBeCloseTo(shared / (2000 - shared))
    for (const sign of [permutationSignature, binSignature]) {
      expect(Math.abs(estimatedJaccard(sign(a, 512), sign(b, 512)) - exact)).toBeLessThan(0.07)
    }
  }
})

test('few features still fill every bin, and alike for equal texts', () => {
  const features = characterFeatures('短い文', 3)
  expect(binSignature(features)).toEqual(binSignature(features))
  expect(estimatedJaccard(binSignature(features), binSignature(characterFeatures('別の話', 3)))).toBe(0)
})

test('a text shorter than the run is one feature, an empty one has none', () => {
  expect(characterFeatures('ab', 5)).toHaveLength(1)
  expect(wordFeatures([], 5)).toHaveLength(0)
  expect(jaccard(new Uint32Array(0), new Uint32Array(0))).toBe(1)
})

test('bands are as wide as the recall at the threshold allows', () => {
  expect([0.9, 0.8, 0.5].map((threshold) => rowsPerBand(threshold))).toEqual([8, 4, 2])
  expect(bandKeys(new Uint32Array(128), 8)).toHaveLength(16)
})

const sentences = Array.from({ length: 40 }, (_, at) => `第${at + 1}条の届出は${at * 7 + 3}日以内に市長へ行う。`)

test('an index finds a text with a few characters changed and no other', () => {
  const index = createNearDuplicateIndex(0.8)
  const text = sentences.slice(0, 12).join('')
  const other = sentences.slice(20, 32).join('')
  expect(index.insert(text)).toBe(0)
  expect(index.insert(other)).toBe(1)
  expect(index.find(text.replace('市長', '町長'))).toBe(0)
  expect(index.find(sentences.slice(12, 20).join(''))).toBeUndefined()
})

test('adding keeps only texts that are like none before', () => {
  const index = createNearDuplicateIndex(0.8)
  expect(index.add('The permit is granted by the mayor of the city within thirty days of the request.')).toBeUndefined()
  expect(index.add('The permit is granted by the mayor of the city within thirty days of the request!')).toBe(0)
  expect(index.size).toBe(1)
})

test('planted near-duplicates are found', () => {
  const index = createNearDuplicateIndex(0.8)
  const texts = Array.from({ length: 300 }, (_, at) =>
    Array.from({ length: 12 }, (_, part) => sentences[(at * 7 + part * (1 + (at % 11))) % 40] ?? '').join(`${at}`),
  )
  for (const text of texts) index.insert(text)
  const missed = texts.filter((text) => index.find(`${text.slice(0, -3)}した。`) === undefined)
  expect(missed.length / texts.length).toBeLessThan(0.01)
})

test('Jaccard similarity is the same both ways and one only for equal sets', () => {
  const set = fc
    .uniqueArray(fc.nat(50), { maxLength: 30 })
    .map((values) => Uint32Array.from(values.toSorted((a, b) => a - b)))
  fc.assert(
    fc.property(set, set, (a, b) => {
      expect(jaccard(a, b)).toBe(jaccard(b, a))
      expect(jaccard(a, b) === 1).toBe(a.join() === b.join())
    }),
  )
})
