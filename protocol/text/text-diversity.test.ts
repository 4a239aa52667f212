import { deflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '../generation/rows/counter-random.ts'
import { measureDiversity } from './diversity.ts'
import { symmetricEigenvalues } from './eigenvalues.ts'
import { createReservoir } from './reservoir.ts'
import { bleu, selfBleu } from './self-bleu.ts'
import { compressionRatio, firstTokens, ngramEntropy } from './token-diversity.ts'
import { meanCosineDistance, nearestSimilarities, similaritiesOf, vendiScore } from './vector-diversity.ts'

const random = randomStream(new Uint8Array(32), 'test')
const unit = (place: number) => random.unit(place, 0)
const deflatedSize = (bytes: Uint8Array) => deflateRawSync(bytes, { level: 9 }).length
const basis = (size: number, at: number) => Float32Array.from({ length: size }, (_, place) => (place === at ? 1 : 0))

test('a matrix has the eigenvalues that its characteristic polynomial has', () => {
  expect([...symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2)]).toEqual([
    expect.closeTo(1, 12),
    expect.closeTo(3, 12),
  ])
  // 2 on the diagonal, −1 beside it: 2 − 2 cos(kπ/(n+1))
  const size = 12
  const chain = Float64Array.from({ length: size * size }, (_, at) => {
    const apart = Math.abs(Math.floor(at / size) - (at % size))
    return apart === 0 ? 2 : apart === 1 ? -1 : 0
  })
  const expected = Array.from({ length: size }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)))
  for (const [at, value] of symmetricEigenvalues(chain, size).entries())
    expect(value).toBeCloseTo(expected[at] ?? 0, 12)
})

test('eigenvalues keep the trace and the sum of squares of any symmetric matrix', () => {
  const entries = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 36, maxLength: 36 })
  fc.assert(
    fc.property(entries, (values) => {
      const size = 6
      const at = (i: number, j: number) => values[Math.min(i, j) * size + Math.max(i, j)] ?? 0
      const matrix = Float64Array.from({ length: size * size }, (_, k) => at(Math.floor(k / size), k % size))
      const trace = Array.from({ length: size }, (_, i) => at(i, i)).reduce((sum, value) => sum + value, 0)
      const squares = matrix.reduce((sum, value) => sum + value * value, 0)
      const eigenvalues = symmetricEigenvalues(matrix, size)
      expect(eigenvalues.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 8)
      expect(eigenvalues.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(squares, 7)
    }),
  )
})

test('the Vendi score counts one text for equal texts and n for n that have nothing in common', () => {
  const orders = [0.5, 1, 2, Number.POSITIVE_INFINITY]
  for (const order of orders) {
    expect(
      vendiScore(
        Array.from({ length: 7 }, () => basis(9, 3)),
        order,
      ),
    ).toBeCloseTo(1, 9)
    expect(
      vendiScore(
        Array.from({ length: 7 }, (_, at) => basis(9, at)),
        order,
      ),
    ).toBeCloseTo(7, 9)
    // two groups of equal size
    expect(
      vendiScore(
        Array.from({ length: 6 }, (_, at) => basis(9, at % 2)),
        order,
      ),
    ).toBeCloseTo(2, 9)
  }
})

test('the Vendi score is the same through the matrix of the vectors’ own length', () => {
  const wide = Array.from({ length: 8 }, (_, text) =>
    Float32Array.from({ length: 20 }, (_each, at) => (at < 5 ? unit(text * 5 + at) - 0.5 : 0)),
  )
  const narrow = wide.map((vector) => vector.slice(0, 5))
  for (const order of [1, 2]) expect(vendiScore(narrow, order)).toBeCloseTo(vendiScore(wide, order), 9)
})

test('mean distance and nearest neighbours follow from the pairs', () => {
  const vectors = [basis(3, 0), basis(3, 0), basis(3, 1)]
  expect(meanCosineDistance(vectors)).toBeCloseTo(2 / 3, 12)
  expect([...nearestSimilarities(similaritiesOf(vectors))]).toEqual([1, 1, 0])
})

test('BLEU agrees with values reckoned by hand', () => {
  const words = (text: string) => text.split(' ')
  // the example of Papineni et al.: "the" is clipped at its two uses
  expect(bleu(words('the the the the the the the'), [words('the cat is on the mat')], 1)).toBeCloseTo(2 / 7, 12)
  // 5 of 6 words, 3 of 5 pairs, length 6 against 6
  const score = bleu(words('the cat sat on the mat'), [words('the cat is on the mat')], 2)
  expect(score).toBeCloseTo(Math.sqrt((5 / 6) * (3 / 5)), 12)
  // 3 words of a reference of 6: penalty e^(1 − 2)
  expect(bleu(words('the cat is'), [words('the cat is on the mat')], 2)).toBeCloseTo(Math.exp(-1), 12)
  // no word in common: 0.1 of a match
  expect(bleu(words('a b'), [words('c d')], 1)).toBeCloseTo(0.05, 12)
})

test('self-BLEU is 1 for equal texts and near 0 for texts that share nothing', () => {
  const sampling = { order: 4, references: 3, unit }
  expect(
    selfBleu(
      [
        ['a', 'b', 'c', 'd'],
        ['a', 'b', 'c', 'd'],
      ],
      sampling,
    ),
  ).toBe(1)
  const apart = Array.from({ length: 6 }, (_, at) => Array.from({ length: 8 }, (_each, place) => `${at}.${place}`))
  expect(selfBleu(apart, sampling)).toBeLessThan(0.03)
})

test('entropy of four equally frequent pairs is two bits', () => {
  expect(
    ngramEntropy(
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['g', 'h'],
      ],
      2,
    ),
  ).toBe(2)
  expect(ngramEntropy([], 2)).toBe(0)
})

test('repeated texts deflate better', () => {
  const repeated = compressionRatio(
    Array.from({ length: 50 }, () => 'the same sentence again'),
    deflatedSize,
  )
  const varied = compressionRatio(
    Array.from({ length: 50 }, (_, at) => `${unit(at)}`),
    deflatedSize,
  )
  expect(repeated).toBeGreaterThan(10)
  expect(varied).toBeLessThan(3)
})

test('distinct-n is measured on a fixed number of tokens', () => {
  expect(firstTokens([['a', 'b'], ['c', 'd'], ['e']], 3)).toEqual([['a', 'b'], ['c']])
})

test('a reservoir holds every item equally often', () => {
  const held = new Map<number, number>()
  for (let round = 0; round < 2000; round += 1) {
    const reservoir = createReservoir<number>(5, (place) => unit(round * 50 + place))
    for (let item = 0; item < 20; item += 1) reservoir.offer(item)
    expect(reservoir.seen).toBe(20)
    for (const item of reservoir.items) held.set(item, (held.get(item) ?? 0) + 1)
  }
  for (let item = 0; item < 20; item += 1) expect(held.get(item) ?? 0).toBeGreaterThan(400)
})

test('texts that repeat each other are less diverse by every measure', () => {
  const measuring = { tokens: { unit: 'words' as const }, unit: (_: string, draw: number) => unit(draw), deflatedSize }
  const varied = Array.from({ length: 40 }, (_, at) =>
    Array.from({ length: 12 }, (_each, place) =>
      unit(at * 12 + place)
        .toString(36)
        .slice(2, 9),
    ).join(' '),
  )
  const alike = varied.map((_, at) => varied[at % 4] ?? '')
  const [a, b] = [measureDiversity(varied, measuring), measureDiversity(alike, measuring)]
  expect(a.vectors.from).toBe('hashed-char-4')
  expect(a.distinct.tokens).toBe(480)
  expect(a.distinct.runs[1]?.share).toBeGreaterThan(b.distinct.runs[1]?.share ?? 1)
  expect(a.selfBleu.scores[1]?.score).toBeLessThan(b.selfBleu.scores[1]?.score ?? 0)
  expect(a.entropy.bits).toBeGreaterThan(b.entropy.bits)
  expect(a.compressionRatio).toBeLessThan(b.compressionRatio)
  expect(a.vectors.meanDistance).toBeGreaterThan(b.vectors.meanDistance)
  expect(b.vectors.vendi[0]?.score).toBeCloseTo(4, 0)
  expect(a.vectors.vendi[0]?.score).toBeGreaterThan(20)
  expect(a.exactDuplicates.share).toBe(0)
  expect(b.exactDuplicates.share).toBe(0.9)
  expect(b.nearDuplicates.share).toBe(0.9)
  expect(measureDiversity(varied, measuring)).toEqual(a)
})

test('nothing to measure is no error', () => {
  const measuring = {
    tokens: { unit: 'characters' as const },
    unit: (_: string, draw: number) => unit(draw),
    deflatedSize,
  }
  for (const texts of [[], ['種'], ['', '']]) {
    const figures = JSON.stringify(measureDiversity(texts, measuring))
    expect(figures).not.toContain('null')
  }
})
