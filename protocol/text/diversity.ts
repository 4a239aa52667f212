import type { TextDiversity, Tokens } from '../../schemas/run-report.ts'
import { HASHED_EMBEDDING, hashedEmbedding } from './embedding.ts'
import { createNearDuplicateIndex } from './near-duplicates.ts'
import { distinctShare } from './ngrams.ts'
import { normaliseForComparison } from './normalise.ts'
import { createReservoir } from './reservoir.ts'
import { selfBleu } from './self-bleu.ts'
import { compressionRatio, firstTokens, ngramEntropy } from './token-diversity.ts'
import { meanCosineDistance, nearestSimilarities, similaritiesOf, vendiOfSimilarities } from './vector-diversity.ts'
import { words } from './words.ts'

const TOKENS_MEASURED = 50_000
const DISTINCT_RUNS = [1, 2, 3]
const BLEU_RUNS = [2, 4]
const BLEU_TEXTS = 500
const BLEU_REFERENCES = 100
const BLEU_LONGEST = 400
const VECTOR_TEXTS = 1000
const VENDI_TEXTS = 500
const VENDI_ORDERS = [1, 2]
const NEAR_DUPLICATE = 0.8
const NEAREST_STEPS = 20

export interface DiversityMeasuring {
  readonly tokens: Tokens
  /** Uniform number in (0, 1) for the n-th draw of a named stream; decides the samples. */
  readonly unit: (stream: string, draw: number) => number
  /** See compressionRatio. */
  readonly deflatedSize: (bytes: Uint8Array) => number
  /** One vector per text, all of one length; absent: hashed character 4-grams. */
  readonly vectors?: { readonly from: string; readonly of: readonly Float32Array[] }
}

/**
 * How different texts are from each other, by the measures and sizes of sampling usual in the field: distinct-n on 50,000 tokens,
 * self-BLEU on 500 texts against 100 each (the first 400 tokens of each), nearest neighbours on 1,000, the Vendi score on 500.
 * Texts are compared in their normalised form. The same texts in the same order give the same figures.
 */
export function measureDiversity(texts: readonly string[], measuring: DiversityMeasuring): TextDiversity {
  const normal = texts.map(normaliseForComparison)
  const cut = tokenizer(measuring.tokens)
  const tokens = firstTokens(normal.slice(0, TOKENS_MEASURED).map(cut), TOKENS_MEASURED)
  const measured = tokens.reduce((sum, each) => sum + each.length, 0)
  return {
    texts: texts.length,
    tokens: measuring.tokens,
    distinct: { tokens: measured, runs: DISTINCT_RUNS.map((n) => ({ n, share: distinctShare(tokens, n) })) },
    selfBleu: bleuOf(normal, cut, measuring),
    entropy: { n: 2, bits: ngramEntropy(tokens, 2) },
    compressionRatio: compressionRatio(texts, measuring.deflatedSize),
    vectors: vectorsOf(normal, measuring),
    exactDuplicates: { texts: texts.length, share: normal.length === 0 ? 0 : 1 - new Set(normal).size / normal.length },
    nearDuplicates: nearDuplicatesOf(texts),
  }
}

function tokenizer({ unit }: Tokens): (text: string) => string[] {
  return unit === 'words' ? words : (text) => Array.from(text)
}

/** Places of a uniform sample, ascending. */
function sampled(count: number, size: number, unit: (draw: number) => number): number[] {
  const reservoir = createReservoir<number>(size, unit)
  for (let at = 0; at < count; at += 1) reservoir.offer(at)
  return reservoir.items.toSorted((a, b) => a - b)
}

function bleuOf(
  texts: readonly string[],
  cut: (text: string) => string[],
  { unit }: DiversityMeasuring,
): TextDiversity['selfBleu'] {
  const places = sampled(texts.length, BLEU_TEXTS, (draw) => unit('bleu-texts', draw))
  const sample = places.map((at) => cut(texts[at] ?? '').slice(0, BLEU_LONGEST))
  const references = Math.min(BLEU_REFERENCES, Math.max(0, sample.length - 1))
  const scores = BLEU_RUNS.map((n) => {
    const draws = (draw: number) => unit('bleu-references', draw)
    return { n, score: selfBleu(sample, { order: n, references, unit: draws }) }
  })
  return { texts: sample.length, references, scores }
}

function vectorsOf(texts: readonly string[], { vectors, unit }: DiversityMeasuring): TextDiversity['vectors'] {
  const places = sampled(texts.length, VECTOR_TEXTS, (draw) => unit('vectors', draw))
  const sample = places.map((at) => vectors?.of[at] ?? hashedEmbedding(texts[at] ?? ''))
  const nearest = sample.length < 2 ? new Float64Array(0) : nearestSimilarities(similaritiesOf(sample))
  const fewer = sampled(sample.length, VENDI_TEXTS, (draw) => unit('vendi', draw)).flatMap((at) => sample[at] ?? [])
  const similarities = similaritiesOf(fewer)
  return {
    from: vectors?.from ?? HASHED_EMBEDDING,
    texts: sample.length,
    meanDistance: meanCosineDistance(sample),
    nearest: nearestFigures(nearest),
    vendi: VENDI_ORDERS.map((order) => ({
      order,
      score: vendiOfSimilarities(similarities, order),
      texts: fewer.length,
    })),
  }
}

function nearestFigures(nearest: Float64Array): TextDiversity['vectors']['nearest'] {
  const counts = Array.from({ length: NEAREST_STEPS }, () => 0)
  for (const value of nearest) {
    const step = Math.min(NEAREST_STEPS - 1, Math.max(0, Math.floor(value * NEAREST_STEPS)))
    counts[step] = (counts[step] ?? 0) + 1
  }
  const count = Math.max(1, nearest.length)
  return {
    mean: nearest.reduce((sum, value) => sum + value, 0) / count,
    p95: quantile(nearest, 0.95),
    shareAbove90: nearest.filter((value) => value > 0.9).length / count,
    counts,
  }
}

/** The smallest value that at least this share of the values does not pass; 0 when there are none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

function nearDuplicatesOf(texts: readonly string[]): TextDiversity['nearDuplicates'] {
  const index = createNearDuplicateIndex(NEAR_DUPLICATE)
  let found = 0
  for (const text of texts) {
    if (index.find(text) !== undefined) found += 1
    index.insert(text)
  }
  const share = texts.length === 0 ? 0 : found / texts.length
  return { texts: texts.length, threshold: NEAR_DUPLICATE, share }
}
