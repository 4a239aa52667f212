import { ngrams } from './ngrams.ts'

/** The first `most` tokens of texts, text by text; the last one is cut. */
export function firstTokens(texts: readonly (readonly string[])[], most: number): string[][] {
  const taken: string[][] = []
  let left = most
  for (const tokens of texts) {
    if (left <= 0) break
    taken.push(tokens.slice(0, left))
    left -= tokens.length
  }
  return taken
}

/** Shannon entropy, in bits, of the runs of `n` tokens of all texts; 0 when there are none. */
export function ngramEntropy(texts: Iterable<readonly string[]>, n: number): number {
  const counts = new Map<string, number>()
  let total = 0
  for (const tokens of texts) {
    for (const run of ngrams(tokens, n)) {
      const key = run.join('\u0000')
      counts.set(key, (counts.get(key) ?? 0) + 1)
      total += 1
    }
  }
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / total) * Math.log2(count / total)
  return entropy
}

/**
 * Bytes of the texts, one a line, ÷ bytes of them deflated; higher is more redundant (Shaib et al., 2024). `deflatedSize`: bytes
 * that DEFLATE (RFC 1951) at its highest level makes of them. 1 without texts.
 */
export function compressionRatio(texts: readonly string[], deflatedSize: (bytes: Uint8Array) => number): number {
  const bytes = new TextEncoder().encode(texts.join('\n'))
  return bytes.length === 0 ? 1 : bytes.length / deflatedSize(bytes)
}
