import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManifestId } from '../../schemas/datasets.ts'
import { Did } from '../../schemas/ids.ts'
import { Offer, OfferTerms, type OfferTermsInput } from '../../schemas/policy.ts'
import { evaluatePolicy } from './evaluate.ts'
import { checkInherited, combineInherited, type HeldInput, inheritedDuties, inheritedTerms } from './inherit.ts'
import { writeOffer } from './templates.ts'
import { KNOWN_OPERANDS } from './vocabulary.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const LAB = 'did:web:lab.example'
const PURPOSES = ['research', 'teaching', 'product']
const rulebook = { authority: Did.parse('did:web:authority.example'), retention: { maxDays: 365 } }
const holder = { recipient: LAB, memberships: [rulebook.authority], use: 1, operands: [...KNOWN_OPERANDS] }

function offerOf(terms: OfferTermsInput, latestDeletion?: string): Offer {
  return writeOffer(OfferTerms.parse(terms), { id: 'urn:offer', rulebook, now: NOW, latestDeletion })
}

function held(agreement: Offer | OfferTermsInput, number = 1): HeldInput {
  const input = {
    manifestId: ManifestId.parse(`sha256:${String(number).repeat(64)}`),
    datasetId: `urn:dataset:${number}`,
    provider: Did.parse(`did:web:bureau-${number}.example`),
    agreementId: `urn:agreement:${number}`,
  }
  return { input, agreement: '@id' in agreement ? agreement : offerOf({ derivation: true, ...agreement }), holder }
}

function inherit(...agreements: readonly (Offer | OfferTermsInput)[]) {
  const setting = { purposes: PURPOSES, now: NOW }
  const each = agreements.map((agreement, index) => inheritedTerms(held(agreement, index + 1), setting))
  return combineInherited(each) ?? expect.fail('there is no input')
}

const atom = (leftOperand: string, operator: string, rightOperand: unknown) => ({ leftOperand, operator, rightOperand })
const at = '2026-12-01T00:00:00.000Z'
const earlier = '2026-09-01T00:00:00.000Z'

describe('what a dataset inherits from its inputs', () => {
  it('is the purposes that all agreements allow, the earliest deletion, and the word of each on passing it on', () => {
    const inherited = inherit(
      { purposes: ['research', 'teaching'], deleteBy: at },
      { purposes: ['teaching', 'product'], deleteBy: earlier },
    )
    expect(inherited).toMatchObject({
      purposes: ['teaching'],
      deleteBy: earlier,
      onwardDistribution: false,
      derivation: true,
    })
    expect(inherited.inputs.map(({ agreementId }) => agreementId)).toEqual(['urn:agreement:1', 'urn:agreement:2'])
  })

  it('names no purposes where no agreement does, and none is left where agreements share none', () => {
    expect(inherit({}, {}).purposes).toBeUndefined()
    expect(inherit({}, { purposes: ['research'] }).purposes).toEqual(['research'])
    expect(inherit({ purposes: ['product'] }, { purposes: ['research'] }).purposes).toEqual([])
  })

  it('takes purposes as the policy decides them, however they are written', () => {
    const policy = (use: unknown[], derive: unknown[], prohibition: unknown[] = []) =>
      Offer.parse({
        ...offerOf({}),
        permission: [
          { action: 'use', constraint: use },
          { action: 'odrl:derive', constraint: derive },
        ],
        prohibition,
      })
    const either = { or: [atom('purpose', 'eq', 'research'), atom('odrl:purpose', 'eq', 'teaching')] }
    expect(inherit(policy([either], [])).purposes).toEqual(['research', 'teaching'])
    expect(inherit(policy([either], [atom('purpose', 'neq', 'teaching')])).purposes).toEqual(['research'])
    const prohibited = { action: 'derive', constraint: [atom('purpose', 'eq', 'product')] }
    expect(inherit(policy([], [], [prohibited]))).toMatchObject({
      purposes: ['research', 'teaching'],
      onwardDistribution: true,
    })
  })

  it('allows others to derive only where no agreement names recipients', () => {
    expect(inherit({}, {}).derivation).toBe(true)
    expect(inherit({}, { partners: [Did.parse(LAB)] }).derivation).toBe(false)
  })

  it('is told as duties in two languages, the deletion due once its date has come', () => {
    const inherited = inherit({ partners: [Did.parse(LAB)], purposes: ['research'], deleteBy: at })
    const duties = inheritedDuties(inherited, NOW)
    expect(duties.map(({ action, by, due }) => [action, by, due])).toEqual([
      ['delete', at, false],
      ['no-onward-distribution', undefined, false],
      ['purposes', undefined, false],
      ['no-derivation', undefined, false],
    ])
    expect(duties.every(({ text }) => text.en !== '' && text.ja !== '')).toBe(true)
    expect(inheritedDuties(inherited, Date.parse(at))[0]).toMatchObject({ action: 'delete', due: true })
  })
})

describe('an offer of a derived dataset', () => {
  const inherited = inherit({ partners: [Did.parse(LAB)], purposes: ['research', 'teaching'], deleteBy: at })
  const places = (offer: Offer) => checkInherited(offer, inherited)?.errors?.map(({ path }) => path)

  it('may be as wide as what was inherited', () => {
    expect(checkInherited(offerOf({ purposes: ['research', 'teaching'], deleteBy: at }), inherited)).toBeUndefined()
    expect(checkInherited(offerOf({ purposes: ['research'], deleteBy: earlier }), inherited)).toBeUndefined()
    expect(checkInherited(offerOf({ purposes: ['research'] }, inherited.deleteBy), inherited)).toBeUndefined()
    expect(checkInherited(offerOf({ derivation: true }), inherit({}))).toBeUndefined()
  })

  it('is refused at every clause that goes further, which the hint names', () => {
    expect(places(offerOf({ deleteBy: at }))).toEqual(['/permission/0/constraint'])
    expect(places(offerOf({ purposes: ['research', 'product'], deleteBy: at }))).toEqual(['/permission/0/constraint'])
    expect(places(offerOf({ purposes: ['research'] }))).toEqual(['/obligation'])
    expect(places(offerOf({ purposes: ['research'], deleteBy: at, derivation: true }))).toEqual(['/permission/1'])
    for (const constraint of [
      atom('purpose', 'neq', 'research'),
      atom('purpose', 'isNoneOf', ['product']),
      { or: [atom('purpose', 'eq', 'research'), atom('count', 'lteq', '1')] },
    ]) {
      const loose = { ...offerOf({ deleteBy: at }), permission: [{ action: 'use', constraint: [constraint] }] }
      expect(places(Offer.parse(loose))).toEqual(['/permission/0/constraint'])
    }
    const { prohibition: _, ...open } = offerOf({ purposes: ['research'], deleteBy: at })
    expect(places(Offer.parse(open))).toEqual(['/prohibition'])
    expect(
      places(Offer.parse({ ...open, prohibition: [{ action: 'distribute', constraint: [atom('count', 'lt', '2')] }] })),
    ).toEqual(['/prohibition'])
    const refusal = checkInherited(offerOf({ purposes: ['product'], deleteBy: at }), inherited)
    expect(refusal).toMatchObject({ code: 'policy-refused' })
    expect(refusal?.hint).toContain('among: research, teaching')
    expect(refusal?.hint).toContain('did:web:bureau-1.example')
  })

  it('never permits a purpose or a time beyond the inherited ones, however it is written, once it has passed the check', () => {
    const Atom = fc.oneof(
      fc
        .tuple(fc.constantFrom('eq', 'neq', 'isAnyOf', 'isNoneOf'), fc.subarray(PURPOSES, { minLength: 1 }))
        .map(([operator, purposes]) =>
          atom('odrl:purpose', operator, operator.endsWith('eq') ? purposes[0] : purposes),
        ),
      fc.constantFrom(
        atom('dateTime', 'gteq', at),
        atom('count', 'lteq', '9'),
        atom('recipient', 'neq', 'did:web:x.example'),
      ),
    )
    const Tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        Atom,
        fc.record({ and: fc.array(tie('node'), { minLength: 1, maxLength: 2 }) }),
        fc.record({ or: fc.array(tie('node'), { minLength: 1, maxLength: 2 }) }),
      ),
    })).node
    const Bound = fc
      .subarray(['research', 'teaching'], { minLength: 1 })
      .map((each) => atom('purpose', 'isAnyOf', each))
    const Rule = fc.record({
      action: fc.constantFrom('use', 'odrl:derive'),
      constraint: fc
        .tuple(fc.option(Bound, { freq: 3 }), fc.array(Tree, { maxLength: 2 }))
        .map(([bound, trees]) => (bound === null ? trees : [...trees, bound])),
    })
    const Deletion = fc
      .constantFrom(earlier, at, '2027-03-01T00:00:00.000Z')
      .map((by) => ({ action: 'delete', constraint: [atom('dateTime', 'lteq', by)] }))
    const Written = fc.record({
      '@id': fc.constant('urn:offer'),
      permission: fc.array(Rule, { minLength: 1, maxLength: 3 }),
      prohibition: fc.constantFrom([], [{ action: 'distribute' }]),
      obligation: fc.array(Deletion, { maxLength: 2 }),
    })
    const wide = inherit({ purposes: ['research', 'teaching'], deleteBy: at })
    let passed = 0
    fc.assert(
      fc.property(
        Written,
        fc.constantFrom(...PURPOSES),
        fc.constantFrom(NOW, Date.parse(at)),
        (written, purpose, now) => {
          const offer = Offer.parse(written)
          if (checkInherited(offer, wide) !== undefined) return
          passed += 1
          for (const scope of ['negotiation', 'derivation'] as const) {
            const { permitted } = evaluatePolicy(
              offer,
              { ...holder, recipient: 'did:web:c.example', scope, purpose },
              now,
            )
            expect(permitted && (purpose === 'product' || now >= Date.parse(at))).toBe(false)
          }
        },
      ),
      { numRuns: 800 },
    )
    expect(passed).toBeGreaterThan(20)
  })
})
