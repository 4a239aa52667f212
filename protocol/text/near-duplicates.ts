import { bandKeys, binSignature, characterFeatures, jaccard, rowsPerBand, wordFeatures } from './minhash.ts'
import { japaneseShare } from './language.ts'
import { normaliseForComparison } from './normalise.ts'
import { words } from './words.ts'

/** Index of texts that grows, and finds those which are nearly the same. */
export interface NearDuplicateIndex {
  /** Number of the first text in the index whose similarity is at least the threshold. */
  find(text: string): number | undefined
  /** Takes the text in, whatever it is like; returns its number, counted from 0. */
  insert(text: string): number
  /** `find`, and `insert` when nothing was found: the index then holds no two similar texts. */
  add(text: string): number | undefined
  readonly size: number
}

/**
 * Features that near-duplicate documents are compared by: runs of five words (Lee et al., ACL 2022), or of five characters where
 * most letters are kana or kanji. Normalises the text.
 */
export function duplicateFeatures(text: string): Uint32Array {
  const normal = normaliseForComparison(text)
  // spaces mean nothing between kana and kanji
  return japaneseShare(normal) >= 0.5
    ? characterFeatures(normal.replaceAll(' ', ''), 5)
    : wordFeatures(words(normal), 5)
}

/**
 * Candidates by MinHash bands of the one-permutation form, each then compared by exact Jaccard similarity of its features.
 * A pair at the threshold is a candidate with probability 0.999. Memory: 4 bytes per feature and about 1 KiB per text.
 */
export function createNearDuplicateIndex(
  threshold: number,
  features: (text: string) => Uint32Array = duplicateFeatures,
): NearDuplicateIndex {
  const rows = rowsPerBand(threshold)
  const kept: Uint32Array[] = []
  const buckets: Map<number, number[]>[] = []
  const similar = (own: Uint32Array, keys: Uint32Array): number | undefined => {
    const seen = new Set<number>()
    for (const [band, key] of keys.entries()) for (const at of buckets[band]?.get(key) ?? []) seen.add(at)
    const matches = [...seen].filter((at) => jaccard(own, kept[at] ?? own) >= threshold)
    return matches.length === 0 ? undefined : matches.reduce((least, at) => Math.min(least, at))
  }
  const store = (own: Uint32Array, keys: Uint32Array): number => {
    const number = kept.push(own) - 1
    for (const [band, key] of keys.entries()) {
      const bucket = (buckets[band] ??= new Map<number, number[]>())
      const known = bucket.get(key)
      if (known === undefined) bucket.set(key, [number])
      else known.push(number)
    }
    return number
  }
  const read = (text: string): { own: Uint32Array; keys: Uint32Array } => {
    const own = features(text)
    return { own, keys: bandKeys(binSignature(own), rows) }
  }
  return {
    find: (text) => {
      const { own, keys } = read(text)
      return similar(own, keys)
    },
    insert: (text) => {
      const { own, keys } = read(text)
      return store(own, keys)
    },
    add: (text) => {
      const { own, keys } = read(text)
      const found = similar(own, keys)
      if (found === undefined) store(own, keys)
      return found
    },
    get size() {
      return kept.length
    },
  }
}
