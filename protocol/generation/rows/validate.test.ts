import { describe, expect, it } from 'vitest'
import { Validator, type ValidatorInput } from '../../../schemas/validators.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import { readAnswerSchema } from './answer-schema.ts'
import type { PlannedValidation, PlannedValidator } from './row-plan.ts'
import { SchemaFault } from './schema-assertions.ts'
import { measure, validationCell } from './validate.ts'

function planned(input: ValidatorInput, name = 'check'): PlannedValidator {
  const validator = Validator.parse(input)
  const schema = validator.kind === 'json-schema' ? readAnswerSchema(validator.schema) : undefined
  if (schema instanceof SchemaFault) throw schema
  return {
    name,
    validator,
    ...(validator.kind === 'regex' && { pattern: new RegExp(validator.pattern, 'u') }),
    ...(schema && { schema }),
  }
}

const article = {
  text: '第三条 会員は、会費として年額１２，０００円を四月三十日までに納付しなければならない。',
  terms: ['会費', '会員', '理事会'],
  answer: '12000',
}
const row = { article, numbers: [1, 2] }

describe('a validator', () => {
  it.each<[ValidatorInput, CellValue, object]>([
    [{ kind: 'regex', pattern: '^[A-Z]' }, 'Abc', { valid: true }],
    [{ kind: 'regex', pattern: '申し訳', mustMatch: false }, '申し訳ありません', { valid: false }],
    [{ kind: 'length', max: 3 }, '𠮷𠮷𠮷', { valid: true, length: 3 }],
    [{ kind: 'length', unit: 'words', min: 3 }, 'two words', { valid: false, length: 2 }],
    [{ kind: 'json-schema', schema: { type: 'object', required: ['a'] } }, { a: 1 }, { valid: true, violations: [] }],
    [
      { kind: 'json-schema', schema: { type: 'object', required: ['a'] } },
      '```json\n{"b": 1}\n```',
      { valid: false, violations: [{ path: 'a', reason: 'is missing' }] },
    ],
    [{ kind: 'language', language: 'ja' }, '会費は年額です。', { valid: true, share: 1, simplified: 0 }],
    [{ kind: 'language', language: 'ja' }, '会费是每年的。', { valid: false }],
    [{ kind: 'language', language: 'en' }, 'The fee is yearly.', { valid: true, share: 1 }],
    [{ kind: 'language', language: 'en' }, '会費 is 会費会費会費', { valid: false }],
    [{ kind: 'pii' }, 'mail to taro@example.com', { valid: false, found: { email: 1 } }],
    [{ kind: 'pii', allow: ['email'] }, 'mail to taro@example.com', { valid: true, found: {} }],
    [{ kind: 'overlap', with: 'article.text' }, article.text, { valid: false, share: 1 }],
    [{ kind: 'overlap', with: 'article.text' }, '会員が納める額はいくらですか。', { valid: true, share: 0 }],
    [
      { kind: 'overlap', with: 'article.text', maxShare: 1, maxSpan: 5 },
      '会費として年額１２，０００円です',
      { valid: false },
    ],
    [{ kind: 'numbers', with: 'article.text' }, '会費は一万二千円です。', { valid: true, invented: 0 }],
    [{ kind: 'numbers', with: 'article.text' }, '会費は15,000円です。', { valid: false, invented: 1 }],
    [
      { kind: 'numbers', with: 'article.text', direction: 'kept' },
      '会費は12,000円です。',
      { valid: false, missing: 3 },
    ],
    [
      { kind: 'terms', with: 'article.text', terms: 'article.terms' },
      '会員の会費',
      { valid: true, required: 2, missing: 0 },
    ],
    [
      { kind: 'terms', with: 'article.text', terms: ['会費', '納付'] },
      '会員の会費',
      { valid: false, required: 2, missing: 1 },
    ],
    [{ kind: 'banned', terms: ['as an AI', 'ＡＩ'] }, 'As an ai model', { valid: false, found: 2 }],
    [{ kind: 'agrees', with: 'article.answer' }, 12000, { valid: true, difference: 0 }],
    [{ kind: 'agrees', with: 'article.answer', tolerance: 0.5 }, '12000.4', { valid: true }],
    [{ kind: 'agrees', with: 'article.answer' }, '11999', { valid: false, difference: 1 }],
    [{ kind: 'agrees', with: 'numbers' }, [1, 2], { valid: true }],
  ])('%j of %j measures %j', (input, value, expected) => {
    expect(measure(planned(input), value, row)).toMatchObject(expected)
  })

  it('cannot measure against a member that is missing', () => {
    expect(() => measure(planned({ kind: 'overlap', with: 'article.body' }), 'x', row)).toThrow(
      'there is no such member',
    )
  })
})

describe('a validation', () => {
  const validation = (targets: string[]): PlannedValidation => ({
    kind: 'validation',
    name: 'checks',
    needs: targets,
    stage: 1,
    column: {
      type: 'validation',
      name: 'checks',
      targets,
      validators: ['short', 'clean'],
      drop: false,
      propagateSkip: true,
    },
    validators: [planned({ kind: 'length', max: 5 }, 'short'), planned({ kind: 'pii' }, 'clean')],
  })

  it('names the validators that failed and tells what each measured', () => {
    expect(validationCell(validation(['answer']), { answer: 'too long' })).toEqual({
      valid: false,
      failed: ['short'],
      short: { valid: false, length: 8 },
      clean: { valid: true, found: {} },
    })
  })

  it('asks every target to pass', () => {
    expect(validationCell(validation(['question', 'answer']), { question: 'ok', answer: 'too long' })).toMatchObject({
      valid: false,
      failed: ['short'],
      short: { valid: false, question: { valid: true, length: 2 }, answer: { valid: false, length: 8 } },
    })
  })

  it('holds no part of the texts that it measured', () => {
    const cell = validationCell(validation(['answer']), { answer: 'taro@example.com 090-1234-5678' })
    expect(JSON.stringify(cell)).not.toMatch(/taro|1234/)
    expect(cell['valid']).toBe(false)
  })
})
