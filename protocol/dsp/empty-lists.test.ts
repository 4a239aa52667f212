import { describe, expect, it } from 'vitest'
import { Agreement } from '../../schemas/policy.ts'
import { canonicalJson } from '../canonical/jcs.ts'
import { withoutEmptyLists } from './empty-lists.ts'

const rules = { permission: [{ action: 'use' }] }
const agreement = { '@id': 'a', '@type': 'Agreement', target: 't', assigner: 'x', assignee: 'y', ...rules }

describe('empty lists of a message', () => {
  it('say the same as no member, and leave a canonical form', () => {
    const spelled = { ...agreement, permission: [{ action: 'use', constraint: [] }], prohibition: [], obligation: [] }
    const read = (value: unknown) => canonicalJson(Agreement.parse(withoutEmptyLists(value)))
    expect(read(spelled)).toBe(read(agreement))
  })

  it('are left out of members alone, never out of lists', () => {
    expect(withoutEmptyLists([[], { a: [[]], b: [] }, null, 1])).toEqual([[], { a: [[]] }, null, 1])
  })

  it('hide no member with a strange name', () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":[]}')
    expect(JSON.stringify(withoutEmptyLists(value))).toBe('{"__proto__":{"x":1}}')
  })
})
