import * as z from 'zod'

const pattern = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/

function plainDecimal(text: string): string {
  const match = pattern.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  const digits = (whole + fraction).padEnd(whole.length + shift, '0')
  const point = whole.length + shift
  const padded = point <= 0 ? digits.padStart(digits.length - point + 1, '0') : digits
  const at = Math.max(point, 1)
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const rest = padded.slice(at).replace(/0+$/, '')
  const plain = rest === '' ? integer : `${integer}.${rest}`
  return sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain
}

/**
 * Exact decimal number as text, so that budgets and bounds never pass through floating point. Also reads numbers and
 * exponents (`1e-9`); the parsed value is always the plain form without trailing zeros (`0.000000001`).
 */
export const Decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(pattern, 'not a decimal number'))
  .transform(plainDecimal)
export type Decimal = z.infer<typeof Decimal>

/** Exact rational `p/q` in lowest terms with q > 0, as the budget ledger adds them up. */
export const Rational = z.string().regex(/^(?:0|-?[1-9]\d{0,999})\/[1-9]\d{0,999}$/, 'not a rational p/q')
export type Rational = z.infer<typeof Rational>
