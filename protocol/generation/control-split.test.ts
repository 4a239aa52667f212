import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeUnit, UnitCounter } from './control-split.ts'
import type { RowHashing } from './seed-commitment.ts'

const hashing: RowHashing = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  hmac: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
}

describe('control set', () => {
  it('puts all rows of a unit on one side, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string(),
        fc.integer({ min: 1, max: 999 }),
        (key, unit, share) => {
          const place = () => placeUnit(unit, { key, controlPerMille: share }, hashing)
          expect(place()).toEqual(place())
        },
      ),
    )
  })

  it('takes the declared share of the units', () => {
    for (const controlPerMille of [200, 500]) {
      const key = new Uint8Array(32).fill(controlPerMille % 251)
      let control = 0
      for (let unit = 0; unit < 20_000; unit += 1) {
        if (placeUnit(String(unit), { key, controlPerMille }, hashing).side === 'control') control += 1
      }
      const expected = (20_000 * controlPerMille) / 1000
      const deviation = Math.sqrt((expected * (1000 - controlPerMille)) / 1000)
      expect(Math.abs(control - expected)).toBeLessThan(5 * deviation)
    }
  })

  it('draws another split under another key', () => {
    const sides = (fill: number) =>
      Array.from(
        { length: 64 },
        (_, unit) =>
          placeUnit(String(unit), { key: new Uint8Array(32).fill(fill), controlPerMille: 500 }, hashing).side,
      ).join()
    expect(sides(1)).not.toBe(sides(2))
  })
})

describe('rows per unit', () => {
  it('counts like a map', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 3000n }), { maxLength: 4000 }), (keys) => {
        const counter = new UnitCounter()
        const map = new Map<bigint, number>()
        for (const key of keys) {
          map.set(key, (map.get(key) ?? 0) + 1)
          expect(counter.add(key)).toBe(map.get(key))
        }
        expect(counter.units).toBe(map.size)
      }),
      { numRuns: 30 },
    )
  })
})
