import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import type { Json } from './letters.ts'

/** Bytes that are no right message any more, whatever process they are posted to. */
export interface WrongBody {
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** Longest body that the public listener takes. */
const LIMIT = 256 * 1024
const utf8 = (text: string) => Buffer.from(text)
const wrong = (text: string): WrongBody => ({ body: utf8(text) })
const asWrong = (message: unknown): WrongBody => wrong(JSON.stringify(message))

const wordsOf = (list: string) => new Set(list.split(' '))

type Place = readonly (string | number)[]

/** Members that have a form, by what holds them; all others may be anything (DSP 2025-1 allows unknown members everywhere). */
const TOP = wordsOf(
  '@context @type @id providerPid consumerPid callbackAddress offer agreement agreementId eventType format code dataAddress',
)
const INNER = wordsOf(
  'permission prohibition obligation constraint action leftOperand operator profile target assigner assignee timestamp ' +
    'endpointType endpoint endpointProperties name value',
)

function hasForm(at: Place, name: string | number): boolean {
  if (at.length === 0) return TOP.has(String(name))
  if (typeof name === 'number' || INNER.has(name)) return true
  return at.length === 1 && (name === '@id' || name === '@type') && at[0] !== '@context'
}

function places(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => {
    const name = Array.isArray(value) ? Number(key) : key
    const place = [...at, name]
    return hasForm(at, name) ? [place, ...places(member, place)] : []
  })
}

function read(value: unknown, [head, ...rest]: Place): unknown {
  if (head === undefined) return value
  return typeof value === 'object' && value !== null ? read(Reflect.get(value, head), rest) : undefined
}

/** `undefined` takes the member away. */
function changed(value: unknown, [head, ...rest]: Place, to: unknown): unknown {
  if (head === undefined) return to
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? changed(item, rest, to) : item))
  const members = Object.entries(value as object)
  return Object.fromEntries(members.map(([name, item]) => [name, name === head ? changed(item, rest, to) : item]))
}

const OTHER_CONTEXT = 'https://w3id.org/edc/dspace/v0.0.1'
const NOT_TEXT = [0, -1, 1.5, true, false, null, {}, { '@value': 'x' }, [1], [[null]]]
const NOT_GROUP = ['', 'text', 0, true, null, [null], ['text']]
/** Single values count as lists of one, so that a group is no wrong list. */
const NOT_LIST = ['', 'text', 7, true, false, null, [0], ['x'], [[{}]]]

function wrongValueFor(place: Place, value: unknown): fc.Arbitrary<unknown> {
  if (place[0] === '@context') return fc.constantFrom<unknown>(0, true, null, {}, [5], 'x', OTHER_CONTEXT)
  if (Array.isArray(value)) return fc.constantFrom<unknown>(...NOT_LIST)
  if (typeof value === 'object') return fc.constantFrom<unknown>(...NOT_GROUP)
  return fc.constantFrom<unknown>(...NOT_TEXT)
}

export function wrongType(message: Json): fc.Arbitrary<WrongBody> {
  return fc
    .constantFrom(...places(message))
    .chain((place) => wrongValueFor(place, read(message, place)).map((to) => asWrong(changed(message, place, to))))
}

const NEEDED_INSIDE: Readonly<Record<string, readonly string[]>> = {
  offer: ['@id', '@type'],
  agreement: ['@id', '@type', 'target', 'assigner', 'assignee'],
  dataAddress: ['endpointType'],
}

function isNeeded(place: Place): boolean {
  const [holder, name] = place
  if (place.length === 1) return !['@id', 'code', 'dataAddress'].includes(String(holder))
  if (place.length === 2) return NEEDED_INSIDE[String(holder)]?.includes(String(name)) ?? false
  return ['action', 'name', 'value'].includes(String(place.at(-1)))
}

export function missingMember(message: Json): fc.Arbitrary<WrongBody> {
  return fc
    .constantFrom(...places(message).filter(isNeeded))
    .map((place) => asWrong(changed(message, place, undefined)))
}

const RANDOM_TEXTS = ['', ' ', '{', '[', '{}', '[]', 'null', 'true', '0', '"text"', 'NaN', '{"a":1,}', "{'a':1}"]

export function wrongJson(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  return fc.oneof(
    fc.constantFrom(...RANDOM_TEXTS).map(wrong),
    fc.integer({ min: 1, max: text.length - 1 }).map((length) => wrong(text.slice(0, length))),
    fc.constantFrom(`[${text}]`, `${text}${text}`, `${text},`, `/**/${text}`, `${text}\0`, `\ufeff${text}`).map(wrong),
    fc
      .constantFrom('NaN', 'Infinity', '01', '+1', '0x10', '.5', "'x'", '\\u0031', '"\\x41"', '"\t"')
      .map((token) => wrong(`${text.slice(0, -1)},"urn:x":${token}}`)),
    fc
      .uint8Array({ minLength: 1, maxLength: 512 })
      .map((body) => ({ body: Buffer.concat([Buffer.from([0xff]), body]) })),
  )
}

export function duplicateKey(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  const inner = Object.keys(message).find((name) => ['offer', 'agreement', 'dataAddress'].includes(name))
  const escaped = (name: string) => `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`
  return fc
    .constantFrom(...Object.keys(message))
    .chain((name) =>
      fc.constantFrom(
        wrong(`${text.slice(0, -1)},"${name}":${JSON.stringify(message[name])}}`),
        wrong(`{"${name}":null,${text.slice(1)}`),
        wrong(`${text.slice(0, -1)},${escaped(name)}:1}`),
        wrong(
          inner === undefined
            ? `${text.slice(0, -1)},"urn:x":{"a":1,"a":1}}`
            : text.replace(`"${inner}":{`, `"${inner}":{"@type":"urn:x:other",`),
        ),
      ),
    )
}

const LONG = 'x'.repeat(2049)
const many = (count: number, item: unknown) => Array.from({ length: count }, () => item)

/** Longer, more or larger than the members of a message may be. */
export function huge(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  const texts = places(message).filter((place) => typeof read(message, place) === 'string' && place[0] !== '@context')
  const lists = places(message).filter((place) => Array.isArray(read(message, place)))
  return fc.oneof(
    fc
      .constantFrom(...texts)
      .chain((place) =>
        fc.constantFrom(9000, 100_000).map((length) => asWrong(changed(message, place, 'ab'.repeat(length)))),
      ),
    fc.constantFrom(...lists).map((place) => asWrong(changed(message, place, many(300, read(message, [...place, 0]))))),
    fc.constantFrom(asWrong({ ...message, '@id': LONG }), asWrong({ ...message, '@context': many(5000, 'urn:x') })),
    fc.constantFrom('1e400', '-1e999', '9'.repeat(400)).map((n) => wrong(`${text.slice(0, -1)},"urn:x":${n}}`)),
  )
}

export function deep(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  const nested = (levels: number, [open, close]: readonly [string, string]) =>
    wrong(`${text.slice(0, -1)},"urn:x":${open.repeat(levels)}1${close.repeat(levels)}}`)
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(50, 100, 256, 300, 10_000), fc.constantFrom(['[', ']'] as const, ['{"a":', '}'] as const))
      .map(([levels, brackets]) => nested(levels, brackets)),
    fc.constantFrom(
      wrong('['.repeat(200_000)),
      wrong('{"a":'.repeat(40_000)),
      wrong(`{"@context":${'['.repeat(1000)}`),
    ),
  )
}

/** What counts stands in a member that a careless reader would take for the prototype. */
export function hiddenInPrototype(message: Json): fc.Arbitrary<WrongBody> {
  const { '@context': context, '@type': type, ...rest } = message
  const inside = JSON.stringify(rest).slice(1, -1)
  const named = JSON.stringify({ '@context': context, '@type': type }).slice(0, -1)
  return fc.constantFrom(
    wrong(`{"__proto__":${JSON.stringify(message)}}`),
    wrong(`{"@context":{"__proto__":${JSON.stringify(context)}},"@type":${JSON.stringify(type)}}`),
    ...(inside === ''
      ? []
      : [wrong(`${named},"__proto__":{${inside}}}`), wrong(`${named},"constructor":{"prototype":{${inside}}}}`)]),
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => asWrong({ ...message, '@type': name })),
  )
}

export function wrongContext(message: Json): fc.Arbitrary<WrongBody> {
  const dsp = String((message['@context'] as unknown[])[0])
  return fc
    .constantFrom<unknown>(
      '',
      OTHER_CONTEXT,
      `${dsp}/`,
      dsp.toUpperCase(),
      dsp.replace('2025', '2024'),
      dsp.replace('https', 'http'),
      [],
      [[dsp]],
      [{ '@vocab': dsp }],
      { '@vocab': dsp },
      { dsp },
      [OTHER_CONTEXT],
      many(40, dsp),
      null,
      5,
      [null],
    )
    .map((context) => asWrong({ ...message, '@context': context }))
}

export function wrongEncoding(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  const bytes = utf8(text)
  return fc.oneof(
    fc
      .tuple(fc.integer({ min: 2, max: bytes.length - 3 }), fc.constantFrom(0x80, 0xc0, 0xc1, 0xf5, 0xff))
      .map(([at, byte]) => {
        const body = Uint8Array.from(bytes)
        body[at] = byte
        return { body }
      }),
    fc.constantFrom(
      { body: Buffer.from(text, 'utf16le') },
      { body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]) },
      { body: Buffer.concat([bytes, Buffer.from([0xed, 0xa0, 0x80])]) },
      wrong(`${text.slice(0, -1)},"urn:x":"\\ud800"}`),
      wrong(`${text.slice(0, -1)},"\\udc00":1}`),
    ),
  )
}

const TYPES = ['text/html', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']

/** The label is not what makes a body right: these are wrong whatever is written on them. */
export function wrongContentType(message: Json): fc.Arbitrary<WrongBody> {
  const text = JSON.stringify(message)
  return fc.oneof(
    fc
      .constantFrom(...TYPES, '', '\u00e9', 'application/json; charset=utf-16')
      .chain((type) =>
        fc
          .constantFrom(
            `<p>${text}</p>`,
            `message=${encodeURIComponent(text)}`,
            `--x\r\n\r\n${text}\r\n--x--`,
            `[${text}]`,
          )
          .map((body) => ({ ...wrong(body), headers: { 'content-type': type } })),
      ),
    fc.constantFrom('gzip', 'deflate', 'br').map((encoding) => ({
      body: gzipSync(text),
      headers: { 'content-encoding': encoding },
    })),
  )
}

/** Bodies of about the longest length that is read, every one of them wrong. */
export function aroundLimit(message: Json): fc.Arbitrary<WrongBody> {
  const { '@type': _, ...rest } = message
  const text = JSON.stringify(rest)
  return fc.constantFrom(-2, -1, 0, 1, 2, 1000, LIMIT).chain((over) => {
    const space = LIMIT + over - utf8(text).length
    return fc.constantFrom(
      wrong(text + ' '.repeat(space)),
      wrong(`${text.slice(0, -1)},"urn:x":"${'y'.repeat(space - 11)}"}`),
    )
  })
}
