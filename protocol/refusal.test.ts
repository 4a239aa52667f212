import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { placesOf } from './refusal.ts'

describe('what a schema did not take', () => {
  const Schema = z.strictObject({
    rows: z.int().max(10),
    kind: z.enum(['a', 'b']),
    column: z.discriminatedUnion('type', [
      z.object({ type: z.literal('date') }),
      z.object({ type: z.literal('boolean') }),
    ]),
    port: z.coerce.number(),
  })

  it('is told in words that a person who wrote the input understands', () => {
    const { error } = Schema.safeParse({ kind: 'c', column: { type: 'day' }, port: 'x', colour: 1 })
    expect(error === undefined ? [] : placesOf(error)).toEqual([
      { path: 'rows', message: 'is missing' },
      { path: 'kind', message: 'must be one of a, b' },
      { path: 'column.type', message: 'must be one of date, boolean' },
      { path: 'port', message: 'must be a number' },
      { path: '', message: 'has no member "colour"' },
    ])
  })

  it('never repeats a value', () => {
    const { error } = Schema.safeParse({ rows: 11, kind: 'canary', column: { type: 'canary' }, port: 'canary' })
    expect(JSON.stringify(error === undefined ? [] : placesOf(error))).not.toContain('canary')
  })
})
