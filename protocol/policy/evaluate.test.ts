import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Offer, type PolicyRules } from '../../schemas/policy.ts'
import { evaluatePolicy, isUnderstood, type PolicyContext } from './evaluate.ts'
import { explanationLines } from './explain.ts'
import { KNOWN_OPERANDS, MEMBERSHIP_OPERAND } from './vocabulary.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const AUTHORITY = 'did:web:authority.example'
const BASE: PolicyContext = {
  scope: 'transfer',
  recipient: 'did:web:lab.example',
  memberships: [AUTHORITY],
  purpose: 'research',
  use: 1,
  operands: [...KNOWN_OPERANDS],
}

function use(...constraint: unknown[]): PolicyRules {
  return Offer.parse({ '@id': 'urn:uuid:1', '@type': 'Offer', permission: [{ action: 'use', constraint }] })
}

function atom(leftOperand: string, operator: string, rightOperand: unknown) {
  return { leftOperand, operator, rightOperand }
}

function reasons(policy: PolicyRules, context: Partial<PolicyContext> = {}): string[] {
  return evaluatePolicy(policy, { ...BASE, ...context }, NOW).reasons.map((reason) => reason.reason)
}

const holds = [
  atom('odrl:recipient', 'isAnyOf', ['did:web:lab.example', 'did:web:other.example']),
  atom('http://www.w3.org/ns/odrl/2/recipient', 'eq', { '@id': 'did:web:lab.example' }),
  atom('recipient', 'isNoneOf', ['did:web:rival.example']),
  atom('purpose', 'eq', 'research'),
  atom('purpose', 'isAnyOf', ['teaching', 'research']),
  atom('purpose', 'isAnyOf', '[{"@value":"teaching"},{"@value":"research"}]'),
  atom('dateTime', 'lteq', '2026-12-31T06:00Z'),
  atom('dateTime', 'gteq', { '@value': '2026-01-01T00:00:00+09:00', '@type': 'xsd:dateTime' }),
  atom('count', 'lteq', '1'),
  atom('count', 'lt', { '@value': 5, '@type': 'xsd:integer' }),
  atom(MEMBERSHIP_OPERAND, 'eq', AUTHORITY),
]
const fails = [
  atom('recipient', 'eq', 'did:web:other.example'),
  atom('purpose', 'eq', 'advertising'),
  atom('dateTime', 'lteq', '2025-12-31T00:00:00Z'),
  atom('dateTime', 'gt', '2026-12-31T00:00:00Z'),
  atom('count', 'lteq', '0'),
  atom('purpose', 'isAnyOf', '[{"@value":"teaching"},{"@value":"selling"}]'),
  atom(MEMBERSHIP_OPERAND, 'eq', 'did:web:elsewhere.example'),
]
const strange = [
  atom('spatial', 'eq', 'http://example.org/EU'),
  atom('partner', 'eq', 'gold'),
  atom('count', 'hasPart', '3'),
  atom('count', 'lteq', '-3'),
  atom('count', 'lteq', 'three'),
  atom('dateTime', 'lteq', '2026-12-31T00:00:00'),
  atom('dateTime', 'lteq', ['2026-12-31T00:00:00Z', '2027-12-31T00:00:00Z']),
  atom('dateTime', 'term-lteq', '2026-12-31T00:00:00Z'),
  atom('purpose', 'isA', 'research'),
  atom('purpose', 'eq', ['research', 'teaching']),
  atom('recipient', 'eq', { '@id': 'did:web:lab.example', scope: 'x' }),
  { ...atom('purpose', 'eq', 'research'), unit: 'x' },
  { leftOperand: 'purpose', operator: 'eq' },
  { leftOperand: 'purpose', operator: 'eq', rightOperand: 'research', and: [] },
  { and: [] },
  {},
]
const SCOPES = ['catalog', 'negotiation', 'transfer', 'access', 'derivation'] as const
const Simple = fc.constantFrom<unknown>(...holds, ...fails)
const Tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(...holds, ...fails, ...strange),
    fc.record({ and: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ xone: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
  ),
})).node
const Context = fc.record({
  scope: fc.constantFrom(...SCOPES),
  purpose: fc.constantFrom('research', 'advertising'),
  use: fc.integer({ min: 1, max: 6 }),
})

describe('evaluating a policy', () => {
  it.each(holds)('permits when %o holds', (constraint) => {
    expect(reasons(use(constraint))).toEqual([])
  })

  it.each(fails)('denies when %o does not hold', (constraint) => {
    const decision = evaluatePolicy(use(constraint), BASE, NOW)
    expect(decision.permitted).toBe(false)
    expect(isUnderstood(decision)).toBe(true)
  })

  it.each(strange)('denies %o because it is not understood', (constraint) => {
    const decision = evaluatePolicy(use(constraint), BASE, NOW)
    expect(decision.permitted).toBe(false)
    expect(isUnderstood(decision)).toBe(false)
  })

  it('denies an operand that it knows but the rulebook does not allow', () => {
    expect(reasons(use(atom('count', 'lteq', '3')), { operands: ['purpose'] })).toEqual(['operand-not-allowed'])
  })

  it('denies a purpose restriction when no purpose is stated, except for looking at the catalog', () => {
    const policy = use(atom('purpose', 'eq', 'research'))
    const { purpose: _, ...silent } = BASE
    expect(evaluatePolicy(policy, silent, NOW).reasons.map((r) => r.reason)).toEqual(['purpose-not-stated'])
    expect(evaluatePolicy(policy, { ...silent, scope: 'catalog' }, NOW).permitted).toBe(true)
  })

  it('shows an offer whose window has not opened, and hides one whose window is over', () => {
    expect(reasons(use(atom('dateTime', 'gteq', '2027-01-01T00:00:00Z')), { scope: 'catalog' })).toEqual([])
    expect(reasons(use(atom('dateTime', 'lteq', '2026-01-01T00:00:00Z')), { scope: 'catalog' })).toEqual(['too-late'])
  })

  it('counts pulls: the last allowed one passes, the next does not', () => {
    const policy = use(atom('count', 'lteq', '3'))
    expect(reasons(policy, { use: 3 })).toEqual([])
    expect(reasons(policy, { use: 4 })).toEqual(['count-exhausted'])
  })

  it('denies policies without a permission, with a profile, with unknown members, actions or duties', () => {
    const permission = [{ action: 'use' }]
    const parse = (policy: object) => Offer.parse({ '@id': 'o', '@type': 'Offer', ...policy })
    expect(reasons(parse({ prohibition: [{ action: 'distribute' }] }))).toEqual(['no-permission'])
    expect(reasons(parse({ permission, profile: 'http://example.org/p' }))).toEqual(['profile-unknown'])
    expect(reasons(parse({ permission, inheritFrom: 'x' }))).toEqual(['member-unknown'])
    expect(reasons(parse({ permission: [{ action: 'use', duty: [] }] }))).toEqual(['member-unknown'])
    expect(reasons(parse({ permission: [{ action: 'read' }] }))).toEqual(['action-unknown'])
    expect(reasons(parse({ permission, prohibition: [{ action: 'sell' }] }))).toEqual(['action-unknown'])
    expect(reasons(parse({ permission, obligation: [{ action: 'attribute' }] }))).toEqual(['action-unknown'])
    expect(reasons(parse({ permission, obligation: [{ action: 'delete' }] }))).toEqual(['conditional-duty'])
  })

  it('lets a prohibition of use win over a permission, and a condition narrow it', () => {
    const policy = (constraint: unknown[]) =>
      Offer.parse({
        '@id': 'o',
        '@type': 'Offer',
        permission: [{ action: 'use' }],
        prohibition: [{ action: 'use', constraint }],
      })
    expect(reasons(policy([]))).toEqual(['prohibition-applies'])
    expect(reasons(policy([atom('purpose', 'eq', 'research')]))).toEqual(['prohibition-applies'])
    expect(reasons(policy([atom('purpose', 'eq', 'advertising')]))).toEqual([])
    expect(reasons(policy([atom('spatial', 'eq', 'EU')]))).toEqual(['operand-unknown'])
  })

  it('denies when the date of deletion has passed', () => {
    const policy = (by: string) =>
      Offer.parse({
        '@id': 'o',
        '@type': 'Offer',
        permission: [{ action: 'use' }],
        obligation: [{ action: 'odrl:delete', constraint: [atom('odrl:dateTime', 'lteq', by)] }],
      })
    expect(reasons(policy('2027-01-01T00:00:00Z'))).toEqual([])
    expect(reasons(policy('2026-01-01T00:00:00Z'))).toEqual(['duty-overdue'])
  })

  it('permits a derivation by a permission to derive alone', () => {
    const derive = (constraint: unknown[], more: object = {}) =>
      Offer.parse({
        '@id': 'o',
        '@type': 'Offer',
        permission: [{ action: 'use' }, { action: 'odrl:derive', constraint }],
        ...more,
      })
    const denials = (policy: PolicyRules) => reasons(policy, { scope: 'derivation' })
    expect(denials(use())).toEqual(['derivation-not-permitted'])
    expect(denials(derive([]))).toEqual([])
    expect(denials(derive([atom('purpose', 'eq', 'teaching')]))).toEqual(['purpose-not-allowed'])
    expect(denials(derive([], { prohibition: [{ action: 'derive' }] }))).toEqual(['prohibition-applies'])
    expect(denials(derive([], { prohibition: [{ action: 'use' }] }))).toEqual(['prohibition-applies'])
    const elsewhere = { action: 'derive', constraint: [atom('purpose', 'eq', 'teaching')] }
    expect(denials(derive([], { prohibition: [elsewhere] }))).toEqual([])
  })

  it('permits no use by a permission to derive, and hinders none by a prohibition of it', () => {
    const permission = [{ action: 'derive' }]
    const policy = (members: object) => Offer.parse({ '@id': 'o', '@type': 'Offer', ...members })
    expect(reasons(policy({ permission }))).toEqual(['no-permission'])
    expect(reasons(policy({ permission: [{ action: 'use' }], prohibition: permission }))).toEqual([])
    const [strange] = reasons(policy({ permission: [{ action: 'use' }, { action: 'derive', constraint: [{}] }] }))
    expect(strange).toBe('constraint-malformed')
  })

  it('never permits a derivation without a permission to derive, whatever else the policy holds', () => {
    const Action = fc.constantFrom('use', 'odrl:use', 'distribute', 'delete', 'derives', 'DERIVE', 'odrl:grantUse')
    const Rules = fc.array(fc.record({ action: Action, constraint: fc.array(Tree, { maxLength: 2 }) }), {
      maxLength: 3,
    })
    const Policy = fc.record({
      permission: Rules,
      prohibition: fc.oneof(Rules, fc.constant([{ action: 'derive' }])),
      obligation: Rules,
    })
    fc.assert(
      fc.property(Policy, Context, (members, context) => {
        const policy = Offer.parse({ '@id': 'o', '@type': 'Offer', ...members })
        const decision = evaluatePolicy(policy, { ...BASE, ...context, scope: 'derivation' }, NOW)
        expect(decision.permitted).toBe(false)
        expect(decision.reasons.map(({ reason }) => reason)).toContain('derivation-not-permitted')
      }),
      { numRuns: 500 },
    )
  })

  it('explains in English and Japanese, with the failing line marked', () => {
    const { explanation } = evaluatePolicy(use(atom('purpose', 'eq', 'teaching')), BASE, NOW)
    expect(explanationLines(explanation)).toEqual([
      '- Denied: no permission applies without hindrance.',
      '  - The permission to “use” does not apply.',
      '    - The purpose “research” is not allowed; allowed: teaching.',
    ])
    expect(explanationLines(explanation, 'ja').at(-1)).toBe(
      '    - 目的「research」は認められていません。認められる目的:teaching。',
    )
  })

  it('never turns a denial into a permission when a constraint, prohibition or duty is added', () => {
    fc.assert(
      fc.property(fc.array(Tree, { maxLength: 4 }), Tree, Context, (before, added, context) => {
        const whole = { ...BASE, ...context }
        const permitting = (...constraint: unknown[]) => {
          const action = context.scope === 'derivation' ? 'derive' : 'use'
          return { ...use(), permission: [{ action, constraint }] }
        }
        const was = evaluatePolicy(Offer.parse(permitting(...before)), whole, NOW).permitted
        expect(evaluatePolicy(Offer.parse(permitting(...before, added)), whole, NOW).permitted && !was).toBe(false)
        for (const rule of ['prohibition', 'obligation']) {
          const policy = { ...permitting(...before), [rule]: [{ action: 'use', constraint: [added] }] }
          expect(evaluatePolicy(Offer.parse(policy), whole, NOW).permitted && !was).toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('denies every policy that holds one strange constraint anywhere, however it is wrapped', () => {
    const Wrapped = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(...strange),
        fc
          .tuple(fc.constantFrom('and', 'or', 'xone', 'andSequence'), tie('node'), Simple)
          .map(([kind, node, other]) => ({
            [kind]: [other, node],
          })),
      ),
    })).node
    fc.assert(
      fc.property(Wrapped, fc.array(Simple, { maxLength: 3 }), Context, (node, others, context) => {
        const decision = evaluatePolicy(use(...others, node), { ...BASE, ...context }, NOW)
        expect(decision.permitted).toBe(false)
        expect(isUnderstood(decision)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('is total: any JSON as operand gives a decision', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN_OPERANDS), fc.string(), fc.jsonValue(), (operand, operator, value) => {
        expect(typeof evaluatePolicy(use(atom(operand, operator || 'eq', value)), BASE, NOW).permitted).toBe('boolean')
      }),
    )
  })
})
