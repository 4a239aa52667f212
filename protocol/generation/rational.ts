/** Exact fraction with positive denominator, always in lowest terms. */
export interface Fraction {
  readonly p: bigint
  readonly q: bigint
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a
  let y = b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** p/q in lowest terms. @throws RangeError when q is 0 */
export function fraction(p: bigint | number, q: bigint | number = 1n): Fraction {
  let numerator = BigInt(p)
  let denominator = BigInt(q)
  if (denominator === 0n) throw new RangeError('a fraction needs a denominator')
  if (denominator < 0n) [numerator, denominator] = [-numerator, -denominator]
  const divisor = gcd(numerator, denominator)
  return { p: numerator / divisor, q: denominator / divisor }
}

export const zero: Fraction = fraction(0)

export const add = (a: Fraction, b: Fraction): Fraction => fraction(a.p * b.q + b.p * a.q, a.q * b.q)
export const subtract = (a: Fraction, b: Fraction): Fraction => fraction(a.p * b.q - b.p * a.q, a.q * b.q)
export const multiply = (a: Fraction, b: Fraction): Fraction => fraction(a.p * b.p, a.q * b.q)
export const divide = (a: Fraction, b: Fraction): Fraction => fraction(a.p * b.q, a.q * b.p)
/** Negative when a < b, 0 when equal, positive when a > b. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.p * b.q - b.p * a.q
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Reads `p/q`, or a plain decimal such as `0.25`. @throws SyntaxError */
export function parseFraction(text: string): Fraction {
  const slash = text.indexOf('/')
  if (slash >= 0) return fraction(BigInt(text.slice(0, slash)), BigInt(text.slice(slash + 1)))
  const point = text.indexOf('.')
  if (point < 0) return fraction(BigInt(text))
  const decimals = text.length - point - 1
  return fraction(BigInt(text.slice(0, point) + text.slice(point + 1)), 10n ** BigInt(decimals))
}

export function formatFraction(value: Fraction): string {
  return `${value.p}/${value.q}`
}

/** Largest multiple of 2^-bits that is at most the number, exactly. */
export function floorToFraction(value: number, bits: number): Fraction {
  return fraction(BigInt(Math.floor(value * 2 ** bits)), 1n << BigInt(bits))
}

/** Smallest multiple of 2^-bits that is at least the fraction. */
export function ceilToBits(value: Fraction, bits: number): Fraction {
  const scaled = value.p << BigInt(bits)
  const up = scaled / value.q + (scaled % value.q > 0n ? 1n : 0n)
  return fraction(up, 1n << BigInt(bits))
}

/** Nearest double; exact fractions of any size stay in range. */
export function toNumber(value: Fraction): number {
  const excess = BigInt(Math.max(0, Math.max(value.p.toString(2).length, value.q.toString(2).length) - 1000))
  return Number(value.p >> excess) / Number(value.q >> excess)
}

/** Floor of the square root of a non-negative integer. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let guess = BigInt(Math.floor(Math.sqrt(Number(value))))
  while (guess * guess > value) guess -= 1n
  while ((guess + 1n) * (guess + 1n) <= value) guess += 1n
  return guess
}
