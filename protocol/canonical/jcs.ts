/**
 * Canonical JSON of RFC 8785 (JCS): members sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
 * The UTF-8 bytes of this form are what we hash and sign.
 *
 * Throws TypeError for anything JSON cannot say exactly: non-finite numbers, lone surrogates (RFC 8785 §3.2.2.2), undefined,
 * functions, symbols, bigints, objects that are not plain, cycles (nesting deeper than 256).
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

/** UTF-8 bytes of `canonicalJson`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(write(value, 0))
}

const MAX_DEPTH = 256

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError('JSON nested too deeply')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') return writeNumber(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value === 'object') return writeObject(value, depth)
  throw new TypeError(`JSON has no ${typeof value}`)
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('only plain objects have a canonical form')
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${writeString(name)}:${write(member, depth + 1)}`).join(',')}}`
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate has no canonical form')
  return JSON.stringify(value)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('a non-finite number has no canonical form')
  return JSON.stringify(value)
}
