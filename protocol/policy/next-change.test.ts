import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Constraint, PolicyRules } from '../../schemas/policy.ts'
import { evaluatePolicy, type PolicyContext } from './evaluate.ts'
import { nextChange } from './next-change.ts'

const times = fc.integer({ min: 0, max: 12 })
const atom: fc.Arbitrary<Constraint> = fc.record({
  leftOperand: fc.constantFrom('dateTime', 'odrl:dateTime', 'http://www.w3.org/ns/odrl/2/dateTime', 'recipient'),
  operator: fc.constantFrom('lt', 'lteq', 'gt', 'gteq', 'eq', 'odrl:lteq'),
  rightOperand: fc.oneof(
    times.map((ms) => new Date(ms).toISOString()),
    times.map((ms) => ({ '@value': new Date(ms).toISOString(), '@type': 'xsd:dateTime' })),
    fc.constant('soon'),
  ),
})
const constraint: fc.Arbitrary<Constraint> = fc.oneof(
  { depthSize: 'small' },
  atom,
  fc.array(atom, { minLength: 1, maxLength: 3 }).map((or): Constraint => ({ or })),
  fc.array(atom, { minLength: 1, maxLength: 3 }).map((xone): Constraint => ({ and: [{ xone }, ...xone] })),
)
const rules = (action: string) =>
  fc.array(fc.record({ action: fc.constant(action), constraint: fc.array(constraint, { maxLength: 2 }) }), {
    maxLength: 2,
  })
const policies: fc.Arbitrary<PolicyRules> = fc.record({
  permission: rules('use'),
  prohibition: rules('use'),
  obligation: rules('delete'),
})
const context: PolicyContext = {
  scope: 'catalog',
  recipient: 'did:web:lab.example',
  memberships: [],
  use: 1,
  operands: ['dateTime', 'recipient'],
}

describe('the next change of a policy', () => {
  it('is never after the moment at which its decision becomes another, in any scope', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom('catalog', 'negotiation'), (policy, scope) => {
        const at = (now: number) => evaluatePolicy(policy, { ...context, scope }, now).permitted
        for (let now = -1; now <= 14; now += 1) {
          const until = Math.min(nextChange(policy, now), 16)
          expect(until).toBeGreaterThan(now)
          for (let later = now + 1; later < until; later += 1) expect(at(later)).toBe(at(now))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is the end of the window while it is open, and never once all times have passed', () => {
    const until = (operator: string, rightOperand: string): PolicyRules => ({
      permission: [{ action: 'use', constraint: [{ leftOperand: 'dateTime', operator, rightOperand }] }],
    })
    const [now, end] = [Date.parse('2026-01-01T00:00:00Z'), '2026-06-01T00:00:00.000Z']
    expect(nextChange(until('lt', end), now)).toBe(Date.parse(end))
    expect(nextChange(until('lteq', end), Date.parse(end))).toBe(Date.parse(end) + 1)
    expect(nextChange(until('lteq', end), Date.parse(end) + 1)).toBe(Number.POSITIVE_INFINITY)
    expect(nextChange({}, now)).toBe(Number.POSITIVE_INFINITY)
  })
})
