import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TemplateError } from './syntax.ts'
import { parseExpression, parseTemplate } from './template.ts'

const record = {
  name: '太郎',
  age: 34,
  none: null,
  list: ['a', 'b', 'c'],
  article: { title: 'Scope', notes: [{ text: 'first' }, { text: 'second' }] },
  judge: { grounded: { score: 4 } },
}

function render(source: string, values: object = record): string {
  const template = parseTemplate(source)
  if (template instanceof TemplateError) throw template
  return template.render(values as typeof record)
}

function evaluate(source: string): unknown {
  const expression = parseExpression(source)
  if (expression instanceof TemplateError) throw expression
  return expression.evaluate(record)
}

describe('a template', () => {
  it.each([
    ['Hello {{ name }}, {{ age }}', 'Hello 太郎, 34'],
    ['{{ article.title }} {{ article["notes"][-1].text }}', 'Scope second'],
    ['{% if age >= 18 and name %}adult{% elif age > 12 %}teen{% else %}child{% endif %}', 'adult'],
    ['{% for x in list %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}', '1a,2b,3c'],
    ['{% for key, value in judge | items %}{{ key }}={{ value.score }}{% endfor %}', 'grounded=4'],
    ['a  {{- 1 -}}  b{# a comment #}', 'a1b'],
    ["{{ '{{' }} {{ none }}{{ list }} {{ true }}", '{{ ["a","b","c"] true'],
    ['one line\n', 'one line'],
    ["{{ 'x' if missing is defined else 'y' }}", 'y'],
    ["{{ name ~ '\\u3055\\u3093' }}", '太郎さん'],
  ])('%j renders %j', (source, expected) => {
    expect(render(source)).toBe(expected)
  })

  it.each([
    ['{{ article.titel }}', 'there is no such member "titel"'],
    ['{{ nmae }}', 'the row has no "nmae"; did you mean "name"?'],
    ['{{ none.title }}', 'there is no such member "title"'],
    ['{{ name + 1 }}', 'a text and a number cannot be added; "~" joins texts'],
    ['{{ 1 / 0 }}', 'this has no number as its result'],
    ['{% for x in name %}{% endfor %}', 'a loop goes over a list, not a text'],
    ['{{ name | int }}', 'the filter "int" finds no number in a text'],
  ])('%j is an error of the row', (source, reason) => {
    expect(() => render(source)).toThrow(expect.objectContaining({ reason }))
  })

  it.each([
    ['{{ name | uper }}', 'there is no filter "uper"; did you mean "upper"?'],
    ['{{ name', '"}}" is missing'],
    ["{{ 'name }}", 'this text is not closed'],
    ['{% if age %}', '"{% endif %}" is missing'],
    ['{% endif %}', '"endif" closes no "if"'],
    ['{% set x = 1 %}', 'only the blocks if, elif, else, endif, for and endfor are known'],
    ['{% for x in list %}{% for y in list %}{% endfor %}{% endfor %}', 'a loop cannot stand inside a loop'],
    ['{{ name.upper() }}', 'this does not belong to the expression'],
    ['{{ range(9) }}', 'functions cannot be called; filters are written value | filter'],
    ['{{ name | random }}', 'there is no filter "random"'],
    ['{{ 1 < age < 3 }}', 'comparisons are joined by "and", as in a < b and b < c'],
    ['{{ name.__proto__ }}', '"__proto__" cannot be reached'],
    ['{{ name["constructor"] }}', '"constructor" cannot be reached'],
    ['{{ ((((((((((((1)))))))))))) }}', 'brackets and blocks nest more than 10 deep'],
    [`{{ ${'1+'.repeat(600)}1 }}`, 'a template has at most 600 parts'],
    ['{{ age is big }}', 'only "is defined" and "is none" are known'],
    ['{{ name | truncate(width=3) }}', 'the filter "truncate" has no such parameter'],
    ['{{ name | replace("a") }}', 'the filter "replace" needs "new"'],
  ])('%j is refused when it is read', (source, reason) => {
    expect(parseTemplate(source)).toMatchObject({ reason })
  })

  it('names the line and the character of a fault, counted in code points', () => {
    expect(parseTemplate('𠮷\n𠮷𠮷 {{ a | b }}')).toMatchObject({ line: 2, column: 11 })
  })

  it('never reaches what a record does not hold itself', () => {
    const key = JSON.parse('{"key": "__proto__", "record": {"__proto__": {"x": 1}}}') as object
    expect(() => render('{{ record[key] }}', key)).toThrow(TemplateError)
    expect(() => render('{{ list.length }}')).toThrow(TemplateError)
    expect(() => render('{{ toString }}')).toThrow(TemplateError)
    expect(render('{{ valueOf is defined }}', {})).toBe('false')
  })

  it('stops at 512,000 characters and at 10,000 turns', () => {
    expect(() =>
      render('{% for x in list %}{{ text }}{% endfor %}', { list: [1, 2, 3], text: 'x'.repeat(200_000) }),
    ).toThrow('more than 512000 characters')
    expect(() => render('{% for x in list %}{% endfor %}', { list: Array.from({ length: 10_001 }, () => 0) })).toThrow(
      'at most 10000 turns',
    )
  })

  it('tells what it reads of a record, without what its loops bind', () => {
    const template = parseTemplate(
      '{{ article.title }}{% for x in list %}{{ x.a }}{{ loop.index }}{{ judge[name].score }}{% endfor %}{{ spare.a is defined }}',
    )
    if (template instanceof TemplateError) throw template
    expect(template.uses.map(({ name, path }) => [name, ...path].join('.'))).toEqual([
      'article.title',
      'list',
      'judge',
      'name',
      'spare',
    ])
  })

  it('renders any text that holds no marks as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/\{[{%#]/.test(text) && !text.endsWith('\n'))
        expect(render(text)).toBe(text)
      }),
    )
  })

  it('either reads or refuses any text, and never throws anything else', () => {
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      'if',
      'for',
      ' ',
      'x',
      'in',
      '|',
      '(',
      ')',
      '[',
      '"',
      '.',
      '1',
      '-',
      'not',
      'endif',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const template = parseTemplate(parts.join(''))
        expect(template instanceof TemplateError || typeof template.source === 'string').toBe(true)
      }),
    )
  })
})

describe('an expression', () => {
  it.each([
    ['judge.grounded.score >= 4', true],
    ['{{ judge.grounded.score >= 4 }}', true],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['-7 // 2', -4],
    ['-7 % 3', 2],
    ['-1 | abs', 1],
    ['"b" in list and "z" not in list', true],
    ['"title" in article', true],
    ['not none and age == 34', true],
    ['none or "instead"', 'instead'],
    ['none is none', true],
    ['age is not none', true],
    ['"1" == 1', false],
    ['[1, 2] == [1, 2,]', true],
    ['"a" < "b"', true],
    ['1.5e1', 15],
  ])('%s is %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected)
  })

  it.each([
    ['list | length', 3],
    ['list | first ~ (list | last)', 'ac'],
    ['[3, 1, 2] | sort', [1, 2, 3]],
    ['[3, 1, 2] | sort(reverse=true) | first', 3],
    ['[1, 2, 1, [1], [1]] | unique', [1, 2, [1]]],
    ['[3, 1, 2] | max + ([3, 1] | min)', 4],
    ['"ab" | reverse | upper', 'BA'],
    ['"hello WORLD" | title', 'Hello World'],
    ['"hELLO" | capitalize', 'Hello'],
    ['"  x " | trim', 'x'],
    ['"--x-" | trim("-")', 'x'],
    ['"a-b-c" | replace("-", "+", 1)', 'a+b-c'],
    ['"one two three" | truncate(9, leeway=0)', 'one...'],
    ['"one two three" | truncate(9, true, "…", 0)', 'one two …'],
    ['2.5 | round', 3],
    ['2.345 | round(1, "floor")', 2.3],
    ['"12.7" | int', 12],
    ['"x" | int(default=0)', 0],
    ['"a b/c" | urlencode', 'a%20b%2Fc'],
    ['"<a>" | escape', '&lt;a&gt;'],
    ['judge | items', [['grounded', { score: 4 }]]],
    ['article | jsonpath("$.notes[*].text")', ['first', 'second']],
    ['article | jsonpath("$.notes[0].text")', 'first'],
    ['age | string', '34'],
    ['article | list', ['title', 'notes']],
  ])('%s filters to %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected)
  })

  it('says whether it can only be a text', () => {
    expect(parseExpression('"always"')).toMatchObject({ isText: true })
    expect(parseExpression('a ~ b')).toMatchObject({ isText: true })
    expect(parseExpression('a == b')).toMatchObject({ isText: false })
    expect(parseExpression('answer')).toMatchObject({ isText: false, column: 'answer' })
  })

  it('is one expression', () => {
    expect(parseExpression('{{ a }} and {{ b }}')).toMatchObject({ reason: 'one expression is expected' })
    expect(parseExpression('the judge agrees')).toMatchObject({ reason: 'this does not belong to the expression' })
  })
})
