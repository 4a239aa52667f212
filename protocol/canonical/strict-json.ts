/** Why a text is not strict JSON. `offset` counts UTF-16 code units from the start of the text. */
export class StrictJsonError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`)
    this.name = 'StrictJsonError'
    this.offset = offset
  }
}

const MAX_DEPTH = 256
const WHITE = /[\t\n\r ]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

/**
 * Parses JSON for which only one reading exists (I-JSON, RFC 7493): UTF-8 without byte order mark, no duplicate member names,
 * no lone surrogates, no number outside the range of a double, nesting of at most 256. Signed documents are read with this,
 * because two parsers may disagree about a document that JSON.parse would take.
 * Throws StrictJsonError.
 */
export function parseStrictJson(input: Uint8Array | string): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  const plain = parsePlain(text)
  if (plain !== undefined) return plain.value
  const cursor = { text, at: 0 }
  const value = readValue(cursor, 0)
  skipWhite(cursor)
  if (cursor.at !== text.length) fail(cursor, 'unexpected text after the value')
  return value
}

/**
 * The value of a text that JSON.parse reads in the one way that is allowed, many times faster than the reader below. Undefined
 * for all that it cannot tell about: the reader below decides, and finds the place that is wrong.
 */
function parsePlain(text: string): { readonly value: unknown } | undefined {
  // Of an escaped surrogate the other half has to be looked for.
  if (!text.isWellFormed() || SURROGATE_ESCAPE.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    // A name that stands twice is one member of the value and two in the text.
    return membersOf(value, 0) === colonsOutsideStrings(text) ? { value } : undefined
  } catch {
    return undefined
  }
}

const SURROGATE_ESCAPE = /\\ud[89a-f]/i

/** Members of all objects in the value; NaN when it holds what no strict JSON holds. */
function membersOf(value: unknown, depth: number): number {
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NaN
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) return Number.NaN
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value)
  let members = Array.isArray(value) ? 0 : items.length
  for (const item of items) members += membersOf(item, depth + 1)
  return members
}

/** Of a text that JSON.parse takes. */
function colonsOutsideStrings(text: string): number {
  let colons = 0
  let at = 0
  for (let open = text.indexOf('"'); open !== -1; open = text.indexOf('"', at)) {
    const end = closingQuote(text, open + 1) ?? text.length
    at = end + 1
    // A name is followed by its colon; between a string and the next one stands no other.
    while (isWhite(text.charCodeAt(at))) at += 1
    if (text[at] === ':') colons += 1
  }
  return colons
}

function isWhite(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** As parseStrictJson; undefined for what is no strict JSON. */
export function readStrictJson(input: Uint8Array | string): unknown {
  try {
    return parseStrictJson(input)
  } catch (error) {
    if (error instanceof StrictJsonError) return undefined
    throw error
  }
}

interface Cursor {
  readonly text: string
  at: number
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new StrictJsonError('not UTF-8', 0)
  }
}

function fail(cursor: Cursor, message: string): never {
  throw new StrictJsonError(message, cursor.at)
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)?.[0]
  if (found !== undefined) cursor.at += found.length
  return found
}

function skipWhite(cursor: Cursor): void {
  take(cursor, WHITE)
}

function takeChar(cursor: Cursor, char: string): boolean {
  skipWhite(cursor)
  if (cursor.text[cursor.at] !== char) return false
  cursor.at += 1
  return true
}

function readValue(cursor: Cursor, depth: number): unknown {
  if (depth > MAX_DEPTH) fail(cursor, 'nested too deeply')
  if (takeChar(cursor, '{')) return readObject(cursor, depth)
  if (takeChar(cursor, '[')) return readArray(cursor, depth)
  if (cursor.text[cursor.at] === '"') return readString(cursor)
  for (const [word, value] of [
    ['true', true],
    ['false', false],
    ['null', null],
  ] as const) {
    if (!cursor.text.startsWith(word, cursor.at)) continue
    cursor.at += word.length
    return value
  }
  return readNumber(cursor)
}

function readNumber(cursor: Cursor): number {
  const start = cursor.at
  const token = take(cursor, NUMBER)
  if (token === undefined) fail(cursor, 'not a JSON value')
  const value = Number(token)
  if (!Number.isFinite(value)) throw new StrictJsonError('number out of range', start)
  return value
}

function readString(cursor: Cursor): string {
  const start = cursor.at
  if (cursor.text[start] !== '"') fail(cursor, 'not a JSON string')
  const end = closingQuote(cursor.text, start + 1)
  if (end === undefined) fail(cursor, 'string not closed')
  cursor.at = end + 1
  const value = unescapeString(cursor.text.slice(start, end + 1))
  if (value === undefined) throw new StrictJsonError('not a JSON string', start)
  if (!value.isWellFormed()) throw new StrictJsonError('lone surrogate', start)
  return value
}

function closingQuote(text: string, from: number): number | undefined {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return undefined
}

function unescapeString(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readArray(cursor: Cursor, depth: number): unknown[] {
  const items: unknown[] = []
  if (takeChar(cursor, ']')) return items
  do {
    items.push(readValue(cursor, depth + 1))
  } while (takeChar(cursor, ','))
  if (!takeChar(cursor, ']')) fail(cursor, 'array not closed')
  return items
}

function readObject(cursor: Cursor, depth: number): Record<string, unknown> {
  const members = new Map<string, unknown>()
  if (takeChar(cursor, '}')) return {}
  do {
    skipWhite(cursor)
    const name = readString(cursor)
    if (members.has(name)) fail(cursor, 'duplicate member name')
    if (!takeChar(cursor, ':')) fail(cursor, 'colon missing')
    members.set(name, readValue(cursor, depth + 1))
  } while (takeChar(cursor, ','))
  if (!takeChar(cursor, '}')) fail(cursor, 'object not closed')
  return Object.fromEntries(members)
}
