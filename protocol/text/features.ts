/**
 * What two texts are compared by. `characters-3-5`: all runs of 3, 4 and 5 UTF-16 units; `characters-5`: runs of 5 only;
 * `words-1`: single words, where each kana or kanji counts as a word of its own (Persona Hub's 1-grams, arXiv 2406.20094,
 * made independent of dictionaries for Japanese).
 */
export type TextFeatures = 'characters-3-5' | 'characters-5' | 'words-1'

const OFFSET = 0x811c9dc5
const PRIME = 0x01000193
/** Latin, digits and other alphabets as whole words; Han, Hiragana and Katakana one character at a time. */
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\P{L}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\p{N}+/gu

/** Final mix of MurmurHash3 (32 bits, public domain): every bit of the input moves every bit of the output. */
function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/**
 * 32-bit hashes of a text's features, for corpora: unlike `characterFeatures` it neither sorts nor allocates. The list is used again by the next call, and grows as texts do; a feature that stands
 * in the text twice may be listed twice. A text shorter than the shortest run is one feature; only the empty text has none.
 */
export class FeatureList {
  #hashes = new Uint32Array(4096)
  #count = 0

  get hashes(): Uint32Array {
    return this.#hashes.subarray(0, this.#count)
  }

  /** Replaces the list by the features of `text`, which should be normalised first. */
  read(text: string, features: TextFeatures): Uint32Array {
    this.#count = 0
    if (3 * text.length + 3 > this.#hashes.length) this.#hashes = new Uint32Array(4 * text.length + 3)
    if (features === 'words-1') this.#readWords(text)
    else this.#readRuns(text, features === 'characters-5' ? 5 : 3)
    if (this.#count === 0 && text.length > 0) this.#add(hashOf(text))
    return this.hashes
  }

  #add(hash: number): void {
    this.#hashes[this.#count] = hash
    this.#count += 1
  }

  #readWords(text: string): void {
    for (const [word] of text.matchAll(WORDS)) this.#add(hashOf(word))
  }

  /** All runs of `shortest` to 5 units, each hash going on from that of the run one shorter. */
  #readRuns(text: string, shortest: number): void {
    const hashes = this.#hashes
    let count = 0
    for (let at = 0; at + shortest <= text.length; at += 1) {
      let hash = OFFSET
      for (let next = 0; next < shortest - 1; next += 1) hash = Math.imul(hash ^ text.charCodeAt(at + next), PRIME)
      const last = Math.min(5, text.length - at)
      for (let next = shortest - 1; next < last; next += 1) {
        hash = Math.imul(hash ^ text.charCodeAt(at + next), PRIME)
        hashes[count] = avalanche(hash ^ next)
        count += 1
      }
    }
    this.#count = count
  }
}

function hashOf(text: string): number {
  let hash = OFFSET
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
  return avalanche(hash ^ text.length)
}

/** The features of a text as a set: distinct hashes in ascending order. */
export function featureSet(list: FeatureList, text: string, features: TextFeatures): Uint32Array {
  const sorted = list.read(text, features).slice().sort()
  let count = 0
  for (let at = 0; at < sorted.length; at += 1) {
    if (at > 0 && sorted[at] === sorted[count - 1]) continue
    sorted[count] = sorted[at] ?? 0
    count += 1
  }
  return sorted.slice(0, count)
}
