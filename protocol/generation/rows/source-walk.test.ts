import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cross } from '../../../schemas/row-recipe.ts'
import { CounterRandom } from './counter-random.ts'
import { permutation } from './permutation.ts'
import { createSourceWalk } from './source-walk.ts'

const seed = new Uint8Array(32).fill(9)

function pairs(
  mode: Cross['mode'],
  size: { left: number; right: number; cap?: number },
  order: 'ordered' | 'shuffled' = 'ordered',
) {
  const { left, right, cap } = size
  const walk = createSourceWalk(
    {
      sources: { seeds: { seedSet: 'seeds', order }, people: { personaPack: 'people', order } },
      cross: Cross.parse({ left: 'seeds', right: 'people', mode, ...(mode === 'full' ? {} : { cap }) }),
    },
    { seeds: left, people: right },
    seed,
  )
  return Array.from({ length: walk.candidates }, (_, at) => {
    const { seeds = -1, people = -1 } = walk.recordsOf(at)
    return { seeds, people }
  })
}

function spread(values: readonly number[], size: number): number {
  const counts = new Int32Array(size)
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return Math.max(...counts) - Math.min(...counts)
}

const sizes = fc.record({
  left: fc.integer({ min: 1, max: 25 }),
  right: fc.integer({ min: 1, max: 25 }),
  cap: fc.integer({ min: 1, max: 30 }),
})
const orders = fc.constantFrom('ordered' as const, 'shuffled' as const)

const few = { numRuns: 30 }

describe('a cross', () => {
  it('has every pair once in full mode', () => {
    fc.assert(
      fc.property(sizes, orders, ({ left, right }, order) => {
        const all = pairs('full', { left, right }, order)
        expect(all).toHaveLength(left * right)
        expect(new Set(all.map(({ seeds, people }) => seeds * right + people)).size).toBe(left * right)
      }),
      few,
    )
  })

  it.each(['latin', 'random-k-per-left'] as const)(
    'gives every left record its cap of different right ones in mode %s',
    (mode) => {
      fc.assert(
        fc.property(sizes, orders, (size, order) => {
          const all = pairs(mode, size, order)
          expect(all).toHaveLength(size.left * Math.min(size.cap, size.right))
          expect(new Set(all.map(({ seeds, people }) => seeds * size.right + people)).size).toBe(all.length)
          expect(
            spread(
              all.map(({ seeds }) => seeds),
              size.left,
            ),
          ).toBe(0)
        }),
        few,
      )
    },
  )

  it('uses right records equally often but for one in latin mode', () => {
    fc.assert(
      fc.property(sizes, orders, (size, order) => {
        expect(
          spread(
            pairs('latin', size, order).map(({ people }) => people),
            size.right,
          ),
        ).toBeLessThanOrEqual(1)
      }),
      few,
    )
  })

  it('spreads any first candidates over the left records within a factor of two', () => {
    const all = pairs('full', { left: 7, right: 90 })
    for (const first of [7, 14, 20, 63, 200, 400]) {
      const counts = new Int32Array(7)
      for (const { seeds } of all.slice(0, first)) counts[seeds] = (counts[seeds] ?? 0) + 1
      expect(Math.max(...counts)).toBeLessThanOrEqual(2 * Math.max(1, Math.min(...counts)))
    }
  })

  it('uses many right records early, also when the cap divides their number', () => {
    for (const cap of [10, 7, 20]) {
      const first = pairs('latin', { left: 20, right: 20, cap }).slice(0, 20)
      expect(new Set(first.map(({ people }) => people)).size).toBe(20)
    }
  })

  it('lets neighbours share their left record in a long run', () => {
    const all = pairs('latin', { left: 450, right: 500, cap: 307 })
    const changes = all.filter(({ seeds }, at) => at > 0 && seeds !== all[at - 1]?.seeds).length
    expect(changes / all.length).toBeLessThan(0.05)
  })

  it('draws other partners with another run seed, and the same with the same', () => {
    const of = (runSeed: Uint8Array): unknown[] => {
      const walk = createSourceWalk(
        {
          sources: { seeds: { seedSet: 'a', order: 'ordered' }, people: { personaPack: 'b', order: 'ordered' } },
          cross: Cross.parse({ left: 'seeds', right: 'people', mode: 'random-k-per-left', cap: 3 }),
        },
        { seeds: 4, people: 1_000_000 },
        runSeed,
      )
      return Array.from({ length: walk.candidates }, (_, at) => walk.recordsOf(at))
    }
    expect(of(seed)).toEqual(of(seed))
    expect(of(seed)).not.toEqual(of(new Uint8Array(32)))
  })
})

describe('a walk without a cross', () => {
  const sources = { a: { seedSet: 'a', order: 'ordered' }, b: { seedSet: 'b', order: 'shuffled' } } as const

  it('starts again at the end of every source, and shuffles every pass anew', () => {
    const walk = createSourceWalk({ sources }, { a: 3, b: 50 }, seed)
    expect(walk.candidates).toBe(Number.POSITIVE_INFINITY)
    expect([0, 1, 2, 3].map((at) => walk.recordsOf(at)['a'])).toEqual([0, 1, 2, 0])
    const pass = (from: number): (number | undefined)[] =>
      Array.from({ length: 50 }, (_, at) => walk.recordsOf(from + at)['b'])
    expect(new Set(pass(0)).size).toBe(50)
    expect(new Set(pass(50)).size).toBe(50)
    expect(pass(50)).not.toEqual(pass(0))
  })

  it('has no candidate when a source is empty, and any number without sources', () => {
    expect(createSourceWalk({ sources }, { a: 0, b: 5 }, seed).candidates).toBe(0)
    expect(createSourceWalk({ sources: {} }, {}, seed).candidates).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a permutation', () => {
  it('has every value once, of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (size, key) => {
        const order = permutation(size, new CounterRandom(key, 1))
        expect(new Set(Array.from({ length: size }, (_, at) => order(at))).size).toBe(size)
      }),
    )
  })

  it('has each of the 24 orders of four about equally often (χ²)', () => {
    const counts = new Map<string, number>()
    for (let key = 0; key < 4800; key += 1) {
      const order = permutation(4, new CounterRandom(key, 77))
      const text = [0, 1, 2, 3].map(order).join('')
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)
    expect(counts.size).toBe(24)
    // 99.9 % quantile for 23 degrees of freedom.
    expect(chi).toBeLessThan(49.7)
  })
})
