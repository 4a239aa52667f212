import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Did } from '../../schemas/ids.ts'
import { Offer, OfferTerms } from '../../schemas/policy.ts'
import { canonicalRules, sameRules } from './canonical.ts'
import { checkOffer } from './check.ts'
import { evaluatePolicy } from './evaluate.ts'
import { dutiesOf, writeOffer } from './templates.ts'
import { KNOWN_OPERANDS } from './vocabulary.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const rulebook = {
  authority: Did.parse('did:web:authority.example'),
  operands: [...KNOWN_OPERANDS],
  purposes: [{ id: 'research', title: { en: 'Research', ja: '研究' } }],
  retention: { maxDays: 365 },
}
const setting = { id: 'urn:uuid:offer', rulebook, now: NOW }

function write(terms: unknown): Offer {
  return writeOffer(OfferTerms.parse(terms), setting)
}

function messages(offer: Offer): string {
  return (
    checkOffer(offer, rulebook, NOW)
      ?.errors?.map((error) => error.message)
      .join(' ') ?? ''
  )
}

describe('offer templates', () => {
  it('write an offer that the rulebook accepts, with the standard words', () => {
    const offer = write({
      partners: ['did:web:lab.example'],
      purposes: ['research'],
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2026-12-31T00:00:00.000Z',
      pulls: 3,
      deleteBy: '2027-01-01T00:00:00.000Z',
    })
    expect(checkOffer(offer, rulebook, NOW)).toBeUndefined()
    expect(offer.permission?.[0]?.constraint?.map((c) => c.leftOperand)).toEqual([
      'odrl:recipient',
      'odrl:purpose',
      'odrl:dateTime',
      'odrl:dateTime',
      'odrl:count',
    ])
    expect(dutiesOf(offer).map((duty) => [duty.action, duty.by])).toEqual([
      ['delete', '2027-01-01T00:00:00.000Z'],
      ['no-onward-distribution', undefined],
    ])
  })

  it('are refused when nobody could ever use them: the time is over, or ends before it begins', () => {
    expect(messages(write({ notAfter: '2026-05-31T00:00:00.000Z' }))).toContain('has passed')
    const reversed = { notBefore: '2026-09-01T00:00:00.000Z', notAfter: '2026-08-01T00:00:00.000Z' }
    expect(messages(write(reversed))).toContain('ends before it begins')
    expect(messages(write({ notBefore: '2026-08-01T00:00:00.000Z', notAfter: '2026-09-01T00:00:00.000Z' }))).toBe('')
  })

  it('delete copies when the rulebook says, where the person says nothing', () => {
    expect(dutiesOf(write({}))[0]?.by).toBe('2027-06-01T00:00:00.000Z')
  })

  it('always write offers that are understood and readable again', () => {
    const Terms = fc.record(
      {
        partners: fc.constantFrom('members', ['did:web:a.example', 'did:web:b.example']),
        purposes: fc.constant(['research']),
        notAfter: fc.constant('2026-12-31T00:00:00.000Z'),
        pulls: fc.integer({ min: 1, max: 100 }),
        derivation: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(Terms, (terms) => {
        const offer = write(terms)
        expect(checkOffer(offer, rulebook, NOW)).toBeUndefined()
        expect(Offer.parse(structuredClone(offer))).toEqual(offer)
        const context = {
          scope: 'negotiation',
          recipient: 'did:web:a.example',
          memberships: [rulebook.authority],
          purpose: 'research',
          use: 1,
          operands: rulebook.operands,
        } as const
        expect(evaluatePolicy(offer, context, NOW).permitted).toBe(true)
        const derivation = evaluatePolicy(offer, { ...context, scope: 'derivation' }, NOW)
        expect(derivation.permitted).toBe(terms.derivation === true)
        expect(
          evaluatePolicy(offer, { ...context, recipient: 'did:web:x.example', memberships: [] }, NOW).permitted,
        ).toBe(false)
      }),
    )
  })
})

describe('checking an offer before it is written', () => {
  it('refuses an operand that the rulebook does not allow, naming the place', () => {
    const offer = Offer.parse({
      ...write({}),
      permission: [{ action: 'use', constraint: [{ leftOperand: 'spatial', operator: 'eq', rightOperand: 'EU' }] }],
    })
    const refusal = checkOffer(offer, rulebook, NOW)
    expect(refusal?.code).toBe('policy-refused')
    expect(refusal?.errors?.map((error) => error.path)).toEqual(['/permission/0/constraint/0'])
    expect(checkOffer(write({ pulls: 2 }), { ...rulebook, operands: ['dateTime'] }, NOW)?.errors?.length).toBe(2)
  })

  it('refuses a purpose that the rulebook does not have', () => {
    expect(messages(write({ purposes: ['advertising'] }))).toContain('advertising')
  })

  it('refuses copies that outlive the rulebook, and dates that have passed', () => {
    expect(messages(write({ deleteBy: '2029-01-01T00:00:00.000Z' }))).toContain('365 days')
    expect(messages(write({ deleteBy: '2020-01-01T00:00:00.000Z' }))).toContain('passed')
    const derive = Offer.parse({ ...write({}), permission: [{ action: 'derive' }] })
    expect(checkOffer(derive, rulebook, NOW)?.errors?.map((e) => e.path)).toEqual(['/permission'])
    const { obligation: _, ...without } = write({})
    expect(checkOffer(Offer.parse(without), rulebook, NOW)?.errors?.map((e) => e.path)).toEqual(['/obligation'])
  })
})

describe('comparing rules', () => {
  const offer = write({ partners: ['did:web:lab.example'], pulls: 3 })

  it('finds the same rules in another spelling', () => {
    const respelled = Offer.parse({
      '@id': 'other',
      '@type': 'Offer',
      target: 'urn:uuid:dataset',
      permission: {
        '@type': 'Permission',
        action: 'odrl:use',
        constraint: [
          {
            '@id': 'x',
            leftOperand: 'recipient',
            operator: 'odrl:isAnyOf',
            rightOperand: [{ '@id': 'did:web:lab.example' }],
          },
          { leftOperand: 'http://www.w3.org/ns/odrl/2/count', operator: 'lteq', rightOperand: { '@value': 3 } },
        ],
      },
      prohibition: [{ action: 'distribute', constraint: [] }],
      obligation: offer.obligation,
    })
    expect(sameRules(offer, respelled)).toBe(true)
  })

  it('finds every difference that matters', () => {
    const [permission] = offer.permission ?? []
    const changes = [
      { ...offer, prohibition: undefined },
      { ...offer, permission: [{ action: 'use' }] },
      { ...offer, permission: [permission, { action: 'use' }] },
      { ...offer, permission: [{ ...permission, duty: [] }] },
      { ...offer, profile: 'x' },
      { ...offer, extra: 1 },
      { ...offer, permission: [{ ...permission, constraint: permission?.constraint?.toReversed() }] },
    ]
    for (const change of changes) expect(canonicalRules(Offer.parse(change))).not.toBe(canonicalRules(offer))
  })
})
