import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharedPath } from '../../test/shared-material.ts'
import { canonicalBytes, canonicalJson } from './jcs.ts'
import { parseStrictJson, StrictJsonError } from './strict-json.ts'

const vectors = sharedPath('vectors/jcs')

describe('canonical JSON', () => {
  it.skipIf(vectors === undefined)('writes the published RFC 8785 inputs as the published bytes', () => {
    const folder = vectors ?? ''
    const names = readdirSync(join(folder, 'input'))
    expect(names.length).toBeGreaterThanOrEqual(6)
    for (const name of names) {
      const value = parseStrictJson(readFileSync(join(folder, 'input', name)))
      const hex = readFileSync(join(folder, 'outhex', name.replace('.json', '.txt')), 'utf8').replaceAll(/\s/g, '')
      expect(Buffer.from(canonicalBytes(value)).toString('hex'), name).toBe(hex)
    }
  })

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed())
        expect(canonicalJson(reversed)).toBe(canonicalJson(value))
      }),
    )
  })

  it('survives a round through the strict parser', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const bytes = canonicalBytes(value)
        expect(canonicalBytes(parseStrictJson(bytes))).toEqual(bytes)
      }),
    )
  })

  it.each([
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', { a: undefined }],
    ['a date', new Date(0)],
    ['a bigint', 1n],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})

describe('the strict parser', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), (text) => {
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['duplicate names', '{"a":1,"a":2}'],
    ['duplicate names in disguise', '{"a":1,"\\u0061":2}'],
    ['a lone surrogate', '"\\ud800"'],
    ['a number beyond a double', '1e400'],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing comma', '[1,]'],
    ['text after the value', '{} {}'],
    ['a raw control character', '"\n"'],
    ['leading zeros', '01'],
    ['nothing', ''],
    ['bottomless nesting', '['.repeat(1000) + ']'.repeat(1000)],
  ])('refuses %s', (_, text) => {
    expect(() => parseStrictJson(text)).toThrow(StrictJsonError)
    expect(() => parseStrictJson(new TextEncoder().encode(text))).toThrow(StrictJsonError)
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(StrictJsonError)
  })

  it('keeps a member named __proto__ as data', () => {
    const value = parseStrictJson('{"__proto__":{"a":1}}')
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":1}}')
  })
})
