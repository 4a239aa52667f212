import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CellValue } from '../../../schemas/row-columns.ts'
import { readAnswerSchema } from './answer-schema.ts'
import { SchemaFault } from './schema-assertions.ts'

const small = fc.integer({ min: -3, max: 3 })
const name = fc.constantFrom('a', 'b', 'c')
const kind = fc.constantFrom('null', 'boolean', 'string', 'number', 'integer', 'array', 'object')
const values = fc.letrec<{ value: CellValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    small,
    fc.constantFrom('', 'a', 'ab', '𠮷𠮷', true, null, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

/** Schemas of one to three keywords, which hold schemas themselves down to `depth`. */
function schemas(depth: number): fc.Arbitrary<Record<string, unknown>> {
  const inner: fc.Arbitrary<unknown> = depth === 0 ? fc.boolean() : fc.oneof(fc.boolean(), schemas(depth - 1))
  const many = fc.array(inner, { minLength: 1, maxLength: 2 })
  const keywords: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.oneof(kind, fc.uniqueArray(kind, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(values, { minLength: 1, maxLength: 3, selector: (value) => JSON.stringify(value) }),
    const: values,
    minimum: small,
    exclusiveMaximum: small,
    multipleOf: fc.integer({ min: 1, max: 3 }),
    minLength: fc.nat(3),
    maxLength: fc.nat(3),
    pattern: fc.constantFrom('^a', 'b$', '^.?$'),
    minItems: fc.nat(3),
    maxItems: fc.nat(3),
    uniqueItems: fc.boolean(),
    minProperties: fc.nat(2),
    maxProperties: fc.nat(2),
    required: fc.uniqueArray(name),
    properties: fc.dictionary(name, inner, { maxKeys: 3, noNullPrototype: true }),
    additionalProperties: inner,
    propertyNames: inner,
    prefixItems: many,
    items: inner,
    anyOf: many,
    oneOf: many,
    allOf: many,
    not: inner,
  }
  const entry = fc
    .constantFrom(...Object.keys(keywords))
    .chain((keyword) => (keywords[keyword] ?? small).map((value): [string, unknown] => [keyword, value]))
  return fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => Object.fromEntries(entries))
}

describe('a schema of answers', () => {
  it('accepts and refuses what the reference validator does', () => {
    const reference = new Ajv2020({ strict: false, logger: false })
    fc.assert(
      fc.property(schemas(2), fc.array(values, { minLength: 5, maxLength: 10 }), (schema, all) => {
        const read = readAnswerSchema(schema)
        if (read instanceof SchemaFault) throw read
        const says = reference.compile(schema)
        for (const value of all) expect(read.check(value).length === 0).toBe(says(value))
      }),
      { numRuns: 100 },
    )
  })

  it('leaves nothing to prune in what it has pruned, and never a member that is required', () => {
    fc.assert(
      fc.property(schemas(2), values, (schema, value) => {
        const read = readAnswerSchema(schema)
        if (read instanceof SchemaFault) throw read
        const pruned = read.prune(value)
        expect(read.prune(pruned)).toEqual(pruned)
      }),
    )
  })
})
