import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { BudgetMeter } from './accountant.ts'
import { IntegerSampler } from './integers.ts'
import { Mechanisms, Private } from './mechanisms.ts'
import { compare, fraction } from './rational.ts'

describe('Private', () => {
  it('shows its value to nobody who prints, lists or serialises it', () => {
    const sealed = Private.seal({ name: 'canary' }).map(({ name }) => [name])
    expect(inspect(sealed, { depth: 9, showHidden: true })).not.toContain('canary')
    expect(JSON.stringify(sealed)).toBe('{}')
    expect(Reflect.ownKeys(sealed)).toEqual([])
  })
})

describe('Mechanisms', () => {
  it('charge before they answer, and answer nothing without budget', () => {
    const meter = new BudgetMeter(fraction(1, 8))
    const mechanisms = new Mechanisms(meter, new IntegerSampler(seededBytes(41)))
    const counts = Private.seal(Int32Array.of(10, 20))
    const scale = { sigma2: fraction(4), sensitivity: 1 }
    expect(mechanisms.noisyCounts(counts, scale)).toHaveLength(2)
    expect(compare(meter.spent, fraction(1, 8))).toBe(0)
    expect(() => mechanisms.noisyCounts(counts, scale)).toThrow(RangeError)
    expect(() => mechanisms.choose(Private.seal([1, 2]), { epsilon: fraction(1), sensitivity: 1 })).toThrow(RangeError)
  })

  it('charge several rows per unit by their square', () => {
    const meter = new BudgetMeter(fraction(100))
    const mechanisms = new Mechanisms(meter, new IntegerSampler(seededBytes(42)))
    mechanisms.noisyCounts(Private.seal(Int32Array.of(1)), { sigma2: fraction(2), sensitivity: 6 })
    expect(compare(meter.spent, fraction(9))).toBe(0)
  })
})
