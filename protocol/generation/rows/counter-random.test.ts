import { describe, expect, it } from 'vitest'
import { CounterRandom, philox, randomStream, requestSeed } from './counter-random.ts'

const seed = new Uint8Array(32).fill(7)

describe('philox', () => {
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[-1, -1, -1, -1], [-1, -1], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the known answer of Random123 for counter %j', (counter, [key0 = 0, key1 = 0], expected) => {
    const block = Int32Array.from(counter.map((word) => word | 0))
    philox(block, key0 | 0, key1 | 0)
    expect(Array.from(block, (word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(expected)
  })
})

describe('a stream of a run', () => {
  it('gives a number by its place alone', () => {
    const forward = randomStream(seed, 'column:age')
    const backward = randomStream(seed, 'column:age')
    const rows = [0, 1, 2, 2 ** 32, 2 ** 32 + 1]
    const there = rows.flatMap((row) => [forward.unit(row, 0), forward.unit(row, 1), forward.word(row, 9)])
    const back = rows
      .toReversed()
      .flatMap((row) => [backward.word(row, 9), backward.unit(row, 1), backward.unit(row, 0)])
    expect(back.toReversed()).toEqual(there)
    expect(new Set(there).size).toBe(there.length)
  })

  it('is another for every name and every run seed', () => {
    const first = (bytes: Uint8Array, name: string): number => randomStream(bytes, name).word(0, 0)
    expect(first(seed, 'column:a')).not.toBe(first(seed, 'column:b'))
    expect(first(seed, 'column:a')).not.toBe(first(new Uint8Array(32), 'column:a'))
  })

  it('stays the same from release to release', () => {
    const stream = randomStream(new Uint8Array(32), 'column:a')
    expect([stream.word(0, 0), stream.word(1, 0), stream.unit(0, 0)]).toMatchInlineSnapshot(`
      [
        138725159,
        1327920995,
        0.03229946845958914,
      ]
    `)
    expect(requestSeed(new Uint8Array(32), { column: 'a', row: 3, attempt: 1 })).toMatchInlineSnapshot(`1715742045`)
  })

  it('has units that are uniform between 0 and 1 (Kolmogorov and Smirnov, 20,000 draws)', () => {
    const stream = new CounterRandom(1, 2)
    const units = Array.from({ length: 20_000 }, (_, row) => stream.unit(row, row % 3)).toSorted((a, b) => a - b)
    const distance = Math.max(...units.map((unit, at) => Math.abs(unit - (at + 0.5) / units.length)))
    expect(distance).toBeLessThan(1.63 / Math.sqrt(units.length))
  })

  it('gives request seeds of 31 bits that differ by attempt', () => {
    const seeds = [0, 1, 2, 3, 4].map((attempt) => requestSeed(seed, { column: 'answer', row: 5, attempt }))
    expect(new Set(seeds).size).toBe(5)
    for (const each of seeds) expect(each).toBeLessThan(2 ** 31)
  })

  it('refuses a run seed that has not 32 bytes', () => {
    expect(() => randomStream(new Uint8Array(16), 'a')).toThrow(RangeError)
  })
})
