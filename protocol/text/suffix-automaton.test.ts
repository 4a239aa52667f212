import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { codePoints } from './normalise.ts'
import { longestCommonSpan, SuffixAutomaton } from './suffix-automaton.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '種', '𠮷'), maxLength: 24 })

/** Longest span of `text` that one of the references has, found by trying them all. */
function byTrying(text: string, references: readonly string[]): number {
  const points = Array.from(text)
  let longest = 0
  for (let start = 0; start < points.length; start += 1) {
    for (let end = start + longest + 1; end <= points.length; end += 1) {
      const span = points.slice(start, end).join('')
      if (references.some((reference) => reference.includes(span))) longest = end - start
    }
  }
  return longest
}

test('the longest common span is the one that trying them all finds, in any of several texts', () => {
  fc.assert(
    fc.property(letters, fc.array(letters, { maxLength: 4 }), (text, references) => {
      const { start, length } = new SuffixAutomaton(references).longestCommonSpan(text)
      expect(length).toBe(byTrying(text, references))
      const span = Array.from(text)
        .slice(start, start + length)
        .join('')
      expect(length === 0 || references.some((reference) => reference.includes(span))).toBe(true)
    }),
  )
})

test('matching statistics give the longest span that ends at each place', () => {
  const lengths = new SuffixAutomaton(['abcd', 'xbcz']).matchLengths(codePoints('abcz'))
  expect([...lengths]).toEqual([1, 2, 3, 3])
})

test('no span crosses from one text into the next', () => {
  expect(new SuffixAutomaton(['条文', '本則']).longestCommonSpan('条文本則').length).toBe(2)
})

test('an automaton of n code points has at most 2n states', () => {
  const text = Array.from({ length: 2000 }, (_, at) => 'abac'[Math.imul(at, at + 7) % 4] ?? 'a').join('')
  expect(new SuffixAutomaton([text]).states).toBeLessThanOrEqual(2 * (text.length + 1) + 1)
})

test('a span of two texts counts code points', () => {
  expect(longestCommonSpan('彼は𠮷野家へ行く', '𠮷野家')).toEqual({ start: 2, length: 3 })
})
