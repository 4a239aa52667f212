import type { TextFeatures } from '../../protocol/text/features.ts'

/** How texts are compared in the worker tasks of deduplication. */
export interface TextComparison {
  readonly form: 'bins' | 'permutations'
  readonly features: TextFeatures
  readonly threshold: number
}

/** Input of the worker task `dedup-sign`: pieces of records as JSON lines; a record's text stands in `field`. */
export interface SignTask {
  readonly pieces: readonly Uint8Array[]
  readonly field: string
  readonly comparison: TextComparison
}

/** For every band the keys of all texts in their order. Band 0 is the hash of the whole text after normalisation. */
export interface SignedTexts {
  readonly bands: readonly Uint32Array[]
}

/** Input of the worker task `dedup-pair`; result: CandidatePairs of protocol/text. */
export interface PairTask {
  readonly keys: Uint32Array
  readonly texts: Uint32Array
}

/** Input of the worker task `dedup-compare`; `pairs` are places in `texts`, two by two. */
export interface CompareTask {
  readonly texts: readonly string[]
  readonly pairs: Uint32Array
  readonly comparison: TextComparison
}

/** For every pair 0: different, 1: similar from the threshold on, 2: the same text after normalisation. */
export interface ComparedPairs {
  readonly verdicts: Uint8Array
}

/** Input of the worker task `dedup-vectors`: unit vectors one after the other. */
export interface VectorTask {
  readonly vectors: Float32Array
  readonly dimensions: number
  readonly threshold: number
}

/** One byte per vector: 1 where an earlier one that stays has at least the threshold's cosine. */
export interface ComparedVectors {
  readonly removed: Uint8Array
}
