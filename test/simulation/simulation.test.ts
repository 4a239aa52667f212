import { describe, expect, it } from 'vitest'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Book } from './book.ts'
import type { Held } from './rules/change.ts'
import { allTransitions } from './rules/change.ts'
import { brokenBy } from './rules/on-change.ts'
import { simulateSeed } from './simulate-seed.ts'
import { createTemplate } from './template.ts'

const SEEDS = [7, 12, 18]

describe('the simulation', () => {
  it('violates nothing in a few seeds, and each goes the same way when it is run again', async () => {
    const template = await createTemplate()
    for (const seed of SEEDS) {
      const outcome = await simulateSeed(seed, template)
      expect(outcome.violation, outcome.last.join('\n')).toBeUndefined()
      expect(outcome.steps).toBeGreaterThan(100)
      expect((await simulateSeed(seed, template)).digest).toBe(outcome.digest)
    }
  })

  it('knows every transition of both machines by a name of its own', () => {
    expect(new Set(allTransitions()).size).toBe(allTransitions().length)
  })
})

describe('the rules of the simulation', () => {
  const at = '2026-01-01T00:00:00.000Z'
  const held = (version: number, change: object = {}): Held<Negotiation> => {
    const process = Negotiation.parse({
      pid: 'urn:uuid:process',
      peerPid: 'urn:uuid:other',
      role: 'provider',
      peer: 'did:web:lab.example',
      peerAddress: 'https://lab.example/dsp/2025-1',
      datasetId: 'urn:uuid:dataset',
      offer: { '@id': 'urn:uuid:offer', '@type': 'Offer', permission: [{ action: 'use' }] },
      offeredBy: 'consumer',
      memberships: [],
      state: 'REQUESTED',
      seen: ['urn:uuid:request'],
      createdAt: at,
      updatedAt: at,
      ...change,
    })
    return { node: 'bureau', version, text: JSON.stringify(process), process, token: null }
  }
  const rules = (before: Held<Negotiation>, after: Held<Negotiation>) =>
    brokenBy({ kind: 'negotiation', before, after }, new Book()).map(([rule]) => rule)
  const pending = { id: 'urn:uuid:agreement', says: 'agreement', to: 'AGREED' }

  it('let a process move as its table says', () => {
    expect(rules(held(1), held(2, { pending }))).toEqual([])
    expect(rules(held(2, { pending }), held(3, { state: 'AGREED' }))).toEqual([])
    const verified = { state: 'VERIFIED', seen: ['urn:uuid:request', 'urn:uuid:verification'] }
    expect(rules(held(2, { pending }), held(3, verified))).toEqual([])
  })

  it.each([
    ['P1 every change is a new version', held(2), held(2, { pending })],
    ['N1 moves as its table says', held(1), held(2, { state: 'VERIFIED' })],
    ['N1 says what its table says', held(1), held(2, { pending: { ...pending, to: 'VERIFIED' } })],
    [
      'N2 a final state takes nothing more',
      held(4, { state: 'TERMINATED' }),
      held(5, { state: 'TERMINATED', seen: [] }),
    ],
    ['N5 a message is taken in once', held(1), held(2, { seen: ['urn:uuid:request', 'urn:uuid:request'] })],
  ])('see that a change breaks %s', (rule, before, after) => {
    expect(rules(before, after)).toContain(rule)
  })
})
