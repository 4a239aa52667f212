import { type Detector, digitsOf, patternDetector, where } from './pii-types.ts'

/** Separators inside telephone numbers; the long vowel mark is a common slip for a hyphen. */
const gap = '[-ー.()\\s]{0,2}'

const national = (digits: string): string => (digits.startsWith('81') ? `0${digits.slice(2)}` : digits)

/** Mobile, IP, free and geographic numbers of Japan: 0AB–J have ten digits, 070/080/090/050/0800 eleven. */
function japanesePhone(match: RegExpExecArray): string | undefined {
  const [text] = match
  const separated = /[-ー.()\s+]/u.test(text)
  const digits = national(digitsOf(text))
  if (/^0[5789]0[1-9]\d{7}$/u.test(digits) || /^0800\d{7}$/u.test(digits)) return digits
  if (/^0120\d{6}$/u.test(digits) || /^0570\d{6}$/u.test(digits)) return digits
  // ten digits without a separator may be any number
  return separated && /^0[1-9][1-9]?\d{7,8}$/u.test(digits) && digits.length === 10 ? digits : undefined
}

/** E.164 numbers of other countries, written with their plus. */
function foreignPhone(match: RegExpExecArray): string | undefined {
  const digits = digitsOf(match[0])
  return !digits.startsWith('81') && digits.length >= 8 && digits.length <= 15 ? `+${digits}` : undefined
}

function ipv4(match: RegExpExecArray): string | undefined {
  const parts = match[0].split('.').map(Number)
  return parts.every((part) => part <= 255) && parts[0] !== 0 ? match[0] : undefined
}

/** Addresses of mail and pages: they win over what their digits look like. */
export const addressesOfNets: readonly Detector[] = [
  where(
    /@/u,
    patternDetector(
      'email',
      /(?<![\w.+-])[\w.+-]{1,64}@(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.){1,8}\p{L}{2,24}(?![\w-])/gu,
    ),
  ),
  where(
    /:\/\/|www\./iu,
    patternDetector(
      'url',
      /(?:https?|ftp):\/\/[^\s<>"'「」『』()、。]{3,2000}|(?<![\w.@])www\.[\w.-]{3,200}\.\p{L}{2,24}[^\s<>"'「」『』()、。]{0,1000}/giu,
    ),
  ),
]

export const contacts: readonly Detector[] = [
  where(/\d\.\d/u, patternDetector('ip', /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/gu, ipv4)),
  where(
    /:[\da-f]{0,4}:/iu,
    patternDetector(
      'ip',
      /(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])|(?<![\w:])(?:[\da-f]{1,4}:){1,6}:(?:[\da-f]{1,4}:){0,5}[\da-f]{1,4}(?![\w:])/giu,
    ),
  ),
  where(
    /(?:\d[-ー.()\s]{0,2}){9}/u,
    patternDetector(
      'phone',
      new RegExp(
        `(?<![\\dA-Za-z-])(?:\\+81${gap}(?:\\(0\\))?|\\(?0)\\d{1,4}${gap}\\d{1,4}${gap}\\d{3,4}(?![\\dA-Za-z-])`,
        'gu',
      ),
      japanesePhone,
    ),
  ),
  where(
    /\+\d/u,
    patternDetector(
      'phone',
      new RegExp(`(?<![\\d])\\+[1-9]\\d{0,2}(?:${gap}\\d{1,4}){2,5}(?!\\d)`, 'gu'),
      foreignPhone,
    ),
  ),
  where(
    /\d{4}/u,
    patternDetector('postal-code', /〒 ?\d{3}[-ー]?\d{4}(?![\dA-Za-z])/gu, ([text]) => digitsOf(text)),
    patternDetector('postal-code', /(?<![\dA-Za-z-])\d{3}-\d{4}(?![\dA-Za-z-])/gu, ([text]) => digitsOf(text)),
  ),
]
