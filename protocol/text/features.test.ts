import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeatureList, featureSet } from './features.ts'
import { binSignature, estimatedJaccard, jaccard, permutationSignature } from './minhash.ts'

/** Two sets of words of a known similarity. */
function setsOf(shared: number, apart: number, from: number): [Uint32Array, Uint32Array] {
  const list = new FeatureList()
  const word = (name: string) => list.read(name, 'words-1')[0] ?? 0
  const both = Array.from({ length: shared }, (_, at) =>
    word(`s${'x'.repeat(at % 7)}q${from + at}`.replaceAll(/\d/g, letter)),
  )
  const own = (side: string) =>
    Array.from({ length: apart }, (_, at) => word(`${side}${from + at}`.replaceAll(/\d/g, letter)))
  return [Uint32Array.from([...both, ...own('left')]), Uint32Array.from([...both, ...own('right')])]
}
const letter = (digit: string) => 'abcdefghij'[Number(digit)] ?? ''

describe('features of texts', () => {
  it('are all runs of three to five characters, or single words with every kanji and kana a word', () => {
    const list = new FeatureList()
    expect(list.read('abcdef', 'characters-3-5').length).toBe(4 + 3 + 2)
    expect(list.read('abcdef', 'characters-5').length).toBe(2)
    expect(list.read('東京のnurse in 2 towns', 'words-1').length).toBe(3 + 4)
    expect(list.read('ab', 'characters-3-5').length).toBe(1)
    expect(list.read('', 'characters-3-5').length).toBe(0)
  })

  it('make a set whose Jaccard similarity does not depend on order or repetition', () => {
    const list = new FeatureList()
    const a = featureSet(list, 'one two two three', 'words-1')
    const b = featureSet(list, 'three four one two', 'words-1')
    expect(jaccard(a, b)).toBe(3 / 4)
    expect(jaccard(a, a)).toBe(1)
    expect(jaccard(a, featureSet(list, '', 'words-1'))).toBe(0)
  })
})

describe.each([
  { name: '128 permutations', sign: permutationSignature },
  { name: 'one permutation with densified bins', sign: binSignature },
])('MinHash with $name', ({ sign }) => {
  it('does not depend on the order or the repetition of features', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 300 }), (values) => {
        const turned = Uint32Array.from([...values, ...values].reverse())
        expect(sign(turned)).toEqual(sign(Uint32Array.from(values)))
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    { shared: 30, apart: 10 },
    { shared: 200, apart: 20 },
    { shared: 400, apart: 200 },
    { shared: 10, apart: 300 },
  ])('estimates Jaccard without bias for $shared shared and $apart own features', ({ shared, apart }) => {
    const trials = 60
    let sum = 0
    for (let trial = 0; trial < trials; trial += 1) {
      const [a, b] = setsOf(shared, apart, 1000 * trial)
      sum += estimatedJaccard(sign(a), sign(b))
    }
    const expected = shared / (shared + 2 * apart)
    // Standard error of 128 values is at most 0.044; densified bins of few features are less independent.
    expect(Math.abs(sum / trials - expected)).toBeLessThan(0.025)
  })
})
