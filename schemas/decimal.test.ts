import { describe, expect, it } from 'vitest'
import { Decimal, Rational } from './decimal.ts'

describe('Decimal', () => {
  it.each([
    ['1', '1'],
    ['1.50', '1.5'],
    ['1e-9', '0.000000001'],
    ['12.5e-1', '1.25'],
    ['2.5e3', '2500'],
    ['-0.0', '0'],
    ['-007.10', '-7.1'],
    [0.1, '0.1'],
    [1e-9, '0.000000001'],
  ])('reads %s as %s', (text, plain) => {
    expect(Decimal.parse(text)).toBe(plain)
  })

  it.each(['', 'one', '1,5', '0x10', 'Infinity', '1e999', '.5', '--1'])('refuses %j', (text) => {
    expect(Decimal.safeParse(text).success).toBe(false)
  })

  it('keeps a value that was parsed before', () => {
    expect(Decimal.parse(Decimal.parse('1e-30'))).toBe(Decimal.parse('1e-30'))
  })
})

describe('Rational', () => {
  it('is written with its denominator', () => {
    expect(Rational.safeParse('3/4').success).toBe(true)
    expect(Rational.safeParse('0/1').success).toBe(true)
    expect(Rational.safeParse('0.75').success).toBe(false)
    expect(Rational.safeParse('1/0').success).toBe(false)
  })
})
