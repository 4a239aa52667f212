import * as z from 'zod'
import { type CandidatePairs, pairsInBand } from '../../../../protocol/text/corpus-duplicates.ts'
import { FeatureList, featureSet } from '../../../../protocol/text/features.ts'
import {
  bandKeys,
  binSignature,
  jaccard,
  permutationSignature,
  rowsPerBand,
} from '../../../../protocol/text/minhash.ts'
import { normaliseForComparison } from '../../../../protocol/text/normalise.ts'
import { removeSimilarVectors } from '../../../../protocol/text/vector-duplicates.ts'
import type { RowRecord } from '../../../../schemas/row-recipe.ts'
import type { ComparedPairs, ComparedVectors, SignedTexts } from '../../../ports/dedup-tasks.ts'

const Comparison = z.object({
  form: z.enum(['bins', 'permutations']),
  features: z.enum(['characters-3-5', 'characters-5', 'words-1']),
  threshold: z.number(),
})
const Words = z.instanceof(Uint32Array)
const Sign = z.object({ pieces: z.array(z.instanceof(Uint8Array)), field: z.string(), comparison: Comparison })
const Pair = z.object({ keys: Words, texts: Words })
const Compare = z.object({ texts: z.array(z.string()), pairs: Words, comparison: Comparison })
const Vectors = z.object({ vectors: z.instanceof(Float32Array), dimensions: z.int(), threshold: z.number() })

/** Worker task `dedup-sign`. */
export function runDedupSign(input: unknown): SignedTexts {
  const { pieces, field, comparison } = Sign.parse(input)
  const list = new FeatureList()
  const rows = rowsPerBand(comparison.threshold)
  const sign = comparison.form === 'bins' ? binSignature : permutationSignature
  const signed = pieces.flatMap((piece) =>
    new TextDecoder()
      .decode(piece)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const text = normaliseForComparison(textIn(JSON.parse(line) as RowRecord, field))
        const hashes = list.read(text, comparison.features)
        return { whole: wholeKey(text), keys: bandKeys(sign(hashes), rows) }
      }),
  )
  const bands = Array.from({ length: signed[0]?.keys.length ?? 0 }, (_, band) =>
    Uint32Array.from(signed, ({ keys }) => keys[band] ?? 0),
  )
  return { bands: [Uint32Array.from(signed, ({ whole }) => whole), ...bands] }
}

/** The text of a record that is compared; empty where it has none. */
function textIn(record: RowRecord, field: string): string {
  const value = record[field]
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
}

function wholeKey(text: string): number {
  let hash = text.length
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Worker task `dedup-pair`. */
export function runDedupPair(input: unknown): CandidatePairs {
  const { keys, texts } = Pair.parse(input)
  const { pairs, passedOver } = pairsInBand(keys, texts)
  return { pairs: pairs.slice(), passedOver }
}

/** Worker task `dedup-compare`: exact Jaccard similarity of the features of candidates. */
export function runDedupCompare(input: unknown): ComparedPairs {
  const { texts, pairs, comparison } = Compare.parse(input)
  const list = new FeatureList()
  const normal = texts.map(normaliseForComparison)
  const sets: (Uint32Array | undefined)[] = []
  const setOf = (at: number) => (sets[at] ??= featureSet(list, normal[at] ?? '', comparison.features))
  const verdicts = new Uint8Array(pairs.length / 2)
  for (let at = 0; at < verdicts.length; at += 1) {
    const [a, b] = [pairs[2 * at] ?? 0, pairs[2 * at + 1] ?? 0]
    if (normal[a] === normal[b]) verdicts[at] = 2
    else if (jaccard(setOf(a), setOf(b)) >= comparison.threshold) verdicts[at] = 1
  }
  return { verdicts }
}

/** Worker task `dedup-vectors`. */
export function runDedupVectors(input: unknown, report: (progress: unknown) => void): ComparedVectors {
  const { vectors, dimensions, threshold } = Vectors.parse(input)
  const removed = removeSimilarVectors(vectors, { dimensions, threshold, onProgress: (done) => report({ done }) })
  return { removed }
}
