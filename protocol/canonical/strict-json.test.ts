import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson, readStrictJson } from './strict-json.ts'

const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/)

/** JSON text of a value with white space wherever it may stand. */
function spaced(value: unknown, gap: () => string): string {
  if (Array.isArray(value))
    return `[${gap()}${value.map((item) => spaced(item, gap)).join(`${gap()},${gap()}`)}${gap()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}${gap()}:${gap()}${spaced(member, gap)}`,
  )
  return `{${gap()}${members.join(`${gap()},${gap()}`)}${gap()}}`
}

const values = fc.jsonValue({ maxDepth: 5, noUnicodeString: false })

describe('strict JSON', () => {
  it('is read as JSON.parse reads it, wherever white space stands', () => {
    fc.assert(
      fc.property(values, fc.array(space, { minLength: 1 }), (value, gaps) => {
        let at = 0
        const text = spaced(value, () => gaps[at++ % gaps.length] ?? '')
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
        expect(parseStrictJson(new TextEncoder().encode(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is not read with a name that stands twice in one object, at any depth and however it is spelled', () => {
    const twice = fc.constantFrom(
      '{"a:":1,"a:":1}',
      String.raw`{"\u0061":1,"a":2}`,
      '{"__proto__":1,"__proto__":2}',
      '{"":[],"":[]}',
      '{"1":0,"2":0,"1":0}',
    )
    fc.assert(
      fc.property(twice, fc.array(fc.constantFrom('list', 'member', 'strings'), { maxLength: 6 }), (inner, around) => {
        let text = inner
        for (const kind of around) {
          if (kind === 'list') text = `[${text},{"b":":"}]`
          else if (kind === 'member') text = `{"a" : ${text}}`
          else text = String.raw`{":":"\":","c":["\\",${text}]}`
        }
        expect(readStrictJson(text)).toBeUndefined()
      }),
    )
  })

  it.each([
    '{"a":1e999}',
    '[-1e999]',
    String.raw`"\ud800"`,
    String.raw`{"\uDFFF":1}`,
    '\ufeff{}',
    '{"a":1,}',
    '{"a":1} {}',
    `${'['.repeat(258)}${']'.repeat(258)}`,
    '"\ud800"',
    '',
  ])('is not %j', (text) => {
    expect(readStrictJson(text)).toBeUndefined()
  })

  it('may hold escaped pairs of surrogates and 256 levels', () => {
    expect(parseStrictJson(String.raw`["\ud83d\ude00"]`)).toEqual(['😀'])
    expect(readStrictJson(`${'['.repeat(257)}${']'.repeat(257)}`)).toBeDefined()
  })
})
