import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legalRecipe } from '../../../test/legal-recipe.ts'
import type { RowColumn } from '../../../schemas/row-columns.ts'
import { readAnswerSchema } from './answer-schema.ts'
import { callParameters } from './call-parameters.ts'
import { compileRecipe } from './compile.ts'
import { coerceScore } from './judge.ts'
import { correctionMessages, promptMessages } from './prompts.ts'
import { jsonIn, readAnswer } from './read-answer.ts'
import { readRowRecipe } from './read-recipe.ts'
import type { PlannedAnswer } from './row-plan.ts'
import { SchemaFault } from './schema-assertions.ts'

const structured = {
  type: 'llm-structured',
  name: 'facts',
  model: 'writer',
  system: 'You extract facts.',
  prompt: 'Text: {{ tone }}',
  schema: {
    type: 'object',
    properties: {
      title: { type: 'string', minLength: 1 },
      facts: {
        type: 'array',
        items: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
        maxItems: 2,
      },
    },
    required: ['title', 'facts'],
    additionalProperties: false,
  },
} satisfies Partial<RowColumn> & { type: 'llm-structured' }

function planned(name: string, extra: object[] = [structured]): PlannedAnswer {
  const recipe = readRowRecipe({ ...legalRecipe, columns: [...legalRecipe.columns, ...extra] })
  const plan = 'code' in recipe ? recipe : compileRecipe(recipe)
  if ('code' in plan) throw new Error(JSON.stringify(plan.errors))
  const found = plan.columns.find((column) => column.name === name)
  if (found?.kind !== 'answer') throw new Error(`${name} is not asked for`)
  return found
}

describe('what a model says', () => {
  const good = '{"title": "t", "facts": [{"n": 1}]}'
  const value = { title: 't', facts: [{ n: 1 }] }

  it.each([
    ['bare', good],
    ['in a fence', `Here it is:\n\`\`\`json\n${good}\n\`\`\`\nDone.`],
    ['in the last fence', `\`\`\`json\n{"draft": \n\`\`\`\n\`\`\`\n${good}\n\`\`\``],
    ['inside of prose', `Sure! ${good} I hope that [helps].`],
    ['after thoughts', `<think>{"title": "no"}</think>\n${good}`],
    ['with members that the schema does not have', '{"title": "t", "facts": [{"n": 1, "note": "x"}], "more": {}}'],
  ])('is read when it is JSON %s', (_, answer) => {
    expect(readAnswer(planned('facts'), answer)).toEqual({ value })
  })

  it.each([
    ['  ', { fault: 'empty', problem: 'it is empty' }],
    ['I cannot do that.', { fault: 'parse', problem: 'it holds no complete JSON value' }],
    ['{"title": "t", "facts": [{"n": 1}', { fault: 'parse', problem: 'it holds no complete JSON value' }],
    [
      '{"title": "", "facts": [{"n": "secret"}]}',
      { fault: 'schema', problem: '"title" must have at least 1 characters; "facts.0.n" must be integer' },
    ],
    [
      '{"facts": [{"n":1},{"n":2},{"n":3}]}',
      { fault: 'schema', problem: '"facts" must have at most 2 items; "title" is missing' },
    ],
    ['"secret"', { fault: 'schema', problem: 'the value must be object' }],
  ])('%j is refused with what to do otherwise, and nothing of what was said', (answer, expected) => {
    expect(readAnswer(planned('facts'), answer)).toEqual(expected)
  })

  it('is a text without thoughts and white space around it where a text was asked for', () => {
    expect(readAnswer(planned('question'), '<think>hm</think>\n\n What is a seed? \n')).toEqual({
      value: 'What is a seed?',
    })
    expect(readAnswer(planned('question'), '<think>hm</think>')).toMatchObject({ fault: 'empty' })
  })

  it('never breaks the reader', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'a', '```', 'json', '\n', ' ', '1e999')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const found = jsonIn(pieces.join(''))
        expect(found === undefined || JSON.stringify(found.value) !== undefined).toBe(true)
      }),
    )
  })

  it('is found wherever a value stands in prose', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (object) => {
        expect(jsonIn(`The answer: ${JSON.stringify(object)} as asked`)?.value).toEqual(
          JSON.parse(JSON.stringify(object)),
        )
      }),
    )
  })
})

describe('a judge', () => {
  const said = (score: unknown): string => JSON.stringify({ grounded: { reasoning: 'because', score } })

  it.each([1, '1', 1.0, ' 1 ', '1.0', '１'])('may write the score 1 as %j', (score) => {
    expect(readAnswer(planned('judge'), said(score))).toEqual({
      value: { grounded: { reasoning: 'because', score: 1 } },
    })
  })

  it.each([true, null, 2, 'yes', '1 or 0', [1]])('may not write it as %j', (score) => {
    expect(readAnswer(planned('judge'), said(score))).toMatchObject({ fault: 'schema' })
  })

  it('may write a word in any case and width', () => {
    expect(coerceScore(' ＧＯＯＤ ', ['bad', 'good'])).toBe('good')
    expect(coerceScore('4', ['4', 4])).toBe('4')
    expect(coerceScore(4, ['4'])).toBe('4')
  })

  it('is asked for the reasoning before the score', () => {
    const [system] = promptMessages(planned('judge'), { answer: 'a' }, 'en')
    expect(system?.content).toMatch(/strict judge[\s\S]*"reasoning"[\s\S]*"score"/)
  })
})

describe('a conversation with a model', () => {
  it('begins with what is the same for many cells: system text, rules, schema, then the prompt', () => {
    const [system, user, ...rest] = promptMessages(planned('facts'), { tone: 'plain' }, 'en')
    expect(system?.role).toBe('system')
    expect(system?.content).toMatch(/^You extract facts\.\n\nAnswer with one JSON value[\s\S]*"type":"object"/)
    expect(user).toEqual({ role: 'user', content: 'Text: plain' })
    expect(rest).toEqual([])
  })

  it('has no system message when there is nothing to say in it', () => {
    expect(promptMessages(planned('answer'), { article: { text: 'a' }, question: 'q' }, 'en')).toEqual([
      { role: 'user', content: 'a q' },
    ])
  })

  it('speaks the language of the recipe', () => {
    const asked = promptMessages(planned('facts'), { tone: 'plain' }, 'ja')
    expect(asked[0]?.content).toContain('JSON Schemaに従う')
    expect(correctionMessages(asked, { answer: 'x', problem: 'p' }, 'ja-JP').at(-1)?.content).toContain('もう一度')
  })

  it('goes on after an answer that cannot be used', () => {
    const asked = promptMessages(planned('facts'), { tone: 'plain' }, 'en')
    const again = correctionMessages(asked, { answer: 'oops', problem: 'it is empty' }, 'en')
    expect(again.slice(0, 2)).toEqual(asked)
    expect(again.slice(2).map(({ role }) => role)).toEqual(['assistant', 'user'])
  })

  it('is not begun with an empty prompt', () => {
    expect(() => promptMessages(planned('answer'), { article: { text: '' }, question: '' }, 'en')).toThrow(
      'the prompt is empty',
    )
  })

  it('has parameters that depend on run seed, column and row alone', () => {
    const model = {
      endpoint: 'a',
      model: 'b',
      temperature: { uniform: [0.2, 0.8] as [number, number] },
      topP: { choose: [0.5, 0.9], weights: [0, 1] },
      maxTokens: 5,
    }
    const seed = new Uint8Array(32)
    const of = (row: number) => callParameters(model, seed, { column: 'question', row })
    expect(of(3)).toEqual(of(3))
    expect(of(3).temperature).not.toBe(of(4).temperature)
    for (let row = 0; row < 50; row += 1) {
      expect(of(row).temperature).toBeGreaterThanOrEqual(0.2)
      expect(of(row).temperature).toBeLessThanOrEqual(0.8)
      expect(of(row).topP).toBe(0.9)
    }
  })
})

describe('a schema of answers', () => {
  it.each([
    [{ type: 'object', patternProperties: {} }, 'patternProperties', 'is no keyword that is understood'],
    [
      { properties: { a: { type: 'strng' } } },
      'properties.a.type',
      'must be one of null, boolean, string, number, integer, array, object',
    ],
    [{ $ref: 'https://example.org/schema' }, '$ref', 'must point into the schema itself, as #/$defs/name'],
    [{ $ref: '#/$defs/none' }, '$ref', 'points to nothing'],
    [{ pattern: '(' }, 'pattern', 'must be a regular expression'],
  ])('%j is refused', (schema, path, message) => {
    const fault = readAnswerSchema(schema)
    expect(fault).toBeInstanceOf(SchemaFault)
    expect(fault).toMatchObject({ path, message })
  })

  it('may contain itself', () => {
    const tree = readAnswerSchema({
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: { value: { type: 'integer' }, next: { $ref: '#/$defs/node' } },
          required: ['value'],
        },
      },
    })
    if (tree instanceof SchemaFault) throw tree
    expect(tree.check({ value: 1, next: { value: 2 } })).toEqual([])
    expect(tree.check({ value: 1, next: { value: 'x' } })).toEqual([{ path: 'next.value', reason: 'must be integer' }])
    expect(tree.prune({ value: 1, next: { value: 2, more: 3 } })).toEqual({ value: 1, next: { value: 2 } })
    const endless = readAnswerSchema({ $ref: '#' })
    if (endless instanceof SchemaFault) throw endless
    expect(endless.check(1)).toEqual([{ path: '', reason: 'is nested too deeply' }])
  })
})
