import { beforeAll, describe, expect, it } from 'vitest'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Book } from './book.ts'
import type { Held } from './rules/change.ts'
import { allTransitions } from './rules/change.ts'
import { brokenBy } from './rules/on-change.ts'
import { type Outcome, simulateSeed } from './simulate-seed.ts'
import { createTemplate } from './template.ts'

const SEEDS = [7, 12, 18]

/** What `rules/` checks, by the numbers of protocol/dsp/SPEC.md. */
const INVARIANTS = [
  'every change is a new version (D1)',
  'what is pending has a job (D2)',
  'a message leaves after its commit (D3)',
  'an agreement belongs to one negotiation (D4)',
  'receipts are chained, and alike on both sides (D5)',
  'every agreement has a receipt (D6)',
  'a node starts after every crash (D7)',
  'nothing unforeseen is thrown, and no promise is left to itself (D8)',
  'everything comes to rest (D9)',
  'every log entry has its place, and the head is published (D10)',
]

describe('whole nodes under faults', () => {
  let outcomes: readonly Outcome[] = []
  let again: readonly Outcome[] = []
  beforeAll(async () => {
    const template = await createTemplate()
    const run = async () => {
      const all: Outcome[] = []
      for (const seed of SEEDS) all.push(await simulateSeed(seed, template))
      return all
    }
    outcomes = await run()
    again = await run()
  })

  it('go the same way whenever a seed is run', () => {
    expect(again.map(({ digest }) => digest)).toEqual(outcomes.map(({ digest }) => digest))
    expect(outcomes.every(({ steps, coverage }) => steps > 100 && coverage.faults.length > 5)).toBe(true)
  })

  it.each(INVARIANTS)('keep to it that %s', (invariant) => {
    const number = /\((\w+)\)$/.exec(invariant)?.[1] ?? ''
    for (const { violation, last } of outcomes) expect(violation?.rule ?? '', last.join('\n')).not.toMatch(`${number} `)
  })

  it('violate nothing else', () => {
    expect(outcomes.flatMap(({ violation }) => violation ?? [])).toEqual([])
  })

  it('are watched for every transition of both machines, each by a name of its own', () => {
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
    ['D1 every change is a new version', held(2), held(2, { pending })],
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
