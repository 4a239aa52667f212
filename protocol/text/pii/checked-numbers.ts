import { type Detector, digitsOf, patternDetector, where } from './pii-types.ts'

const digitsFromRight = (digits: string): number[] => Array.from(digits, Number).toReversed()

/** My Number (個人番号), 12 digits: the check digit of Ministerial Ordinance 85 of 2014, article 5. */
export function isMyNumber(digits: string): boolean {
  if (!/^\d{12}$/u.test(digits)) return false
  const sum = digitsFromRight(digits.slice(0, 11)).reduce(
    (total, digit, at) => total + digit * (at < 6 ? at + 2 : at - 4),
    0,
  )
  const remainder = sum % 11
  return Number(digits[11]) === (remainder <= 1 ? 0 : 11 - remainder)
}

/** Corporate number (法人番号), 13 digits: the leading check digit of Ministry of Finance Ordinance 70 of 2014. */
export function isCorporateNumber(digits: string): boolean {
  if (!/^\d{13}$/u.test(digits)) return false
  const sum = digitsFromRight(digits.slice(1)).reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 1 : 2), 0)
  return Number(digits[0]) === 9 - (sum % 9)
}

/** Payment card number, 13 to 19 digits, with the check digit of ISO/IEC 7812-1 (Luhn). */
export function isCardNumber(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/u.test(digits)) return false
  const sum = digitsFromRight(digits).reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? digit * 2 : digit
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}

/** International bank account number: ISO 13616, remainder 1 modulo 97. */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/u.test(text)) return false
  const moved = text.slice(4) + text.slice(0, 4)
  let remainder = 0
  for (const character of moved) remainder = Number(`${remainder}${Number.parseInt(character, 36)}`) % 97
  return remainder === 1
}

const grouped = (check: (digits: string) => boolean) => (match: RegExpExecArray) => {
  const digits = digitsOf(match[0])
  return check(digits) ? digits : undefined
}

/** Numbers that carry a check digit: a match is a valid number. */
export const checkedNumbers: readonly Detector[] = [
  where(
    /(?:\d[- ]?){12}/u,
    patternDetector('my-number', /(?<![\dA-Za-z-])\d{4}([- ]?)\d{4}\1\d{4}(?![\dA-Za-z-])/gu, grouped(isMyNumber)),
    patternDetector(
      'card',
      /(?<![\dA-Za-z-])\d{4}([- ]?)\d{4,6}\1\d{4,5}(?:\1\d{1,7})?(?![\dA-Za-z-])/gu,
      grouped(isCardNumber),
    ),
    patternDetector(
      'corporate-number',
      /(?<![\dA-Za-z-])(?:T)?\d([- ]?)\d{4}\1\d{4}\1\d{4}(?![\dA-Za-z-])/gu,
      grouped(isCorporateNumber),
    ),
  ),
  where(
    /[A-Z]{2}\d{2}/u,
    patternDetector(
      'iban',
      /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/gu,
      ([text]) => {
        const joined = text.replaceAll(' ', '')
        return isIban(joined) ? joined : undefined
      },
    ),
  ),
]
