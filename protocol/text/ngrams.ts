/** Every run of `n` code points, in order, with repetitions; none when the text is shorter. */
export function characterNgrams(text: string, n: number): string[] {
  return ngrams(Array.from(text), n).map((run) => run.join(''))
}

/** Every run of `n` items, in order, with repetitions; none when there are fewer. */
export function ngrams<Item>(items: readonly Item[], n: number): Item[][] {
  return Array.from({ length: Math.max(0, items.length - n + 1) }, (_, at) => items.slice(at, at + n))
}

/**
 * Share of the distinct character `n`-grams of `text` that `reference` has too, 0 to 1; 0 when the text is shorter than `n`.
 * Both are compared as they are: normalise them before.
 */
export function overlapShare(text: string, reference: string, n: number): number {
  const own = new Set(characterNgrams(text, n))
  if (own.size === 0) return 0
  const other = new Set(characterNgrams(reference, n))
  return [...own].filter((gram) => other.has(gram)).length / own.size
}

/** distinct-n of a corpus (Li et al., NAACL 2016): distinct runs of `n` items ÷ all runs; 0 when there are none. */
export function distinctShare(texts: Iterable<readonly string[]>, n: number): number {
  const seen = new Set<string>()
  let total = 0
  for (const items of texts) {
    for (const run of ngrams(items, n)) {
      seen.add(run.join('\u0000'))
      total += 1
    }
  }
  return total === 0 ? 0 : seen.size / total
}
