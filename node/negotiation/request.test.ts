import { describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { KNOWN_OPERANDS } from '../../protocol/policy/vocabulary.ts'
import type { RemoteDataset } from '../../schemas/catalog.ts'
import { Did } from '../../schemas/ids.ts'
import { Offer } from '../../schemas/policy.ts'
import { createNegotiationStore } from '../adapters/sqlite/negotiation-store.ts'
import { openDatabase } from '../adapters/sqlite/open.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandom } from '../adapters/system/system-random.ts'
import { createChanges } from '../ports/changes.ts'
import { silentLogger } from '../telemetry/logger.ts'
import { createNegotiations, type NegotiationDeps } from './operations.ts'

const provider = Did.parse('did:web:elsewhere.example')

function offerWith(id: string, ...constraint: unknown[]): Offer {
  return Offer.parse({ '@id': id, '@type': 'Offer', permission: [{ action: 'use', constraint }] })
}

/** Negotiations of a node that sees these offers of a foreign provider. */
function negotiationsWith(offers: Offer[]) {
  const dataset: RemoteDataset = { provider, id: 'urn:uuid:d', keywords: [], formats: [], offers }
  const store = createNegotiationStore(openDatabase(':memory:'), systemClock)
  const deps: Partial<NegotiationDeps> = {
    store,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    changes: createChanges(systemClock),
  }
  const seen = {
    catalogs: { show: async () => dataset },
    partners: { addressOf: async () => 'https://elsewhere.example/dsp' },
    identity: { did: Did.parse('did:web:lab.example') },
    governance: { rulebook: async () => ({ operands: [...KNOWN_OPERANDS] }), membership: async () => undefined },
  }
  const negotiations = createNegotiations({ ...deps, ...seen } as unknown as NegotiationDeps)
  return { store, ask: (more = {}) => negotiations.request({ provider, dataset: dataset.id, ...more }) }
}

const foreign = { leftOperand: 'spatial', operator: 'eq', rightOperand: 'http://example.org/EU' }
const research = { leftOperand: 'purpose', operator: 'eq', rightOperand: 'research' }
const teaching = { leftOperand: 'purpose', operator: 'eq', rightOperand: 'teaching' }

describe('asking a foreign provider', () => {
  it('is refused here when the terms hold words that this node cannot keep', async () => {
    const { ask, store } = negotiationsWith([offerWith('o1', foreign)])
    const refusal = await ask().catch((error: unknown) => (error instanceof Refused ? error.refusal : error))
    expect(refusal).toMatchObject({
      code: 'policy-not-understood',
      errors: [{ path: '/permission/0/constraint/0', message: expect.stringContaining('spatial') }],
    })
    expect(await store.list({ limit: 10 })).toEqual([])
  })

  it('takes the offer that fits the purpose, and the one that is named', async () => {
    const { ask } = negotiationsWith([offerWith('o1', foreign), offerWith('o2', teaching), offerWith('o3', research)])
    expect((await ask({ purpose: 'research' })).offer['@id']).toBe('o3')
    expect((await ask({ purpose: 'other' })).offer['@id']).toBe('o2')
    expect((await ask({ purpose: 'research', offer: 'o2' })).offer['@id']).toBe('o2')
  })

  it('commits the request before anything is sent', async () => {
    const { ask, store } = negotiationsWith([offerWith('o1')])
    const process = await ask({ purpose: 'research' })
    expect((await store.get(process.pid))?.process).toMatchObject({
      state: 'INITIAL',
      pending: { says: 'request', to: 'REQUESTED' },
      purpose: 'research',
      offer: { target: 'urn:uuid:d' },
    })
  })
})
