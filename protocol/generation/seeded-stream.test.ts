import { describe, expect, it } from 'vitest'
import { SeededStream, shuffle } from './seeded-stream.ts'

const hex = (words: readonly number[]): string =>
  words.map((word) => Buffer.from(Uint32Array.of(word).buffer).toString('hex')).join('')

describe('SeededStream', () => {
  it('is the ChaCha20 key stream of RFC 8439, appendix A.1, vectors 1 and 2', () => {
    const stream = new SeededStream(new Uint8Array(32))
    const words = Array.from({ length: 32 }, () => stream.word())
    expect(hex(words.slice(0, 16))).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7' +
        'da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
    )
    expect(hex(words.slice(16, 24))).toBe('9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed')
  })

  it('has independent lanes', () => {
    const seed = new Uint8Array(32).fill(7)
    const first = (lane: number): number => new SeededStream(seed, lane).word()
    expect(new Set([0, 1, 2, 2 ** 32 - 1].map(first)).size).toBe(4)
    expect(first(1)).toBe(first(1))
  })

  it('shuffles every order about equally often', () => {
    const stream = new SeededStream(new Uint8Array(32).fill(3))
    const seen = new Map<string, number>()
    for (let at = 0; at < 6000; at += 1) {
      const items = Int32Array.of(1, 2, 3)
      shuffle(items, stream)
      seen.set(items.join(''), (seen.get(items.join('')) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('refuses a seed that is not 32 bytes', () => {
    expect(() => new SeededStream(new Uint8Array(16))).toThrow(RangeError)
  })
})
