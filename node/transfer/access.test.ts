import { describe, expect, it } from 'vitest'
import { exampleTransfer } from '../../test/contract/transfer-store.ts'
import { Agreement, MessageOffer } from '../../schemas/policy.ts'
import { AgreementRecord } from '../../schemas/negotiation.ts'
import { KNOWN_OPERANDS } from '../../protocol/policy/vocabulary.ts'
import { createTransferStore } from '../adapters/sqlite/transfer-store.ts'
import { openDatabase } from '../adapters/sqlite/open.ts'
import { createAccessCheck, storedToken } from './access.ts'
import type { TransferDeps } from './operations.ts'

const MINUTE = 60_000
const START = Date.parse('2026-06-01T00:00:00.000Z')
function recordUntil(until: string): AgreementRecord {
  const offer = MessageOffer.parse({
    '@id': 'urn:uuid:o',
    '@type': 'Offer',
    target: 'urn:uuid:d',
    permission: [
      {
        action: 'use',
        constraint: [{ leftOperand: 'dateTime', operator: 'lteq', rightOperand: until }],
      },
    ],
  })
  return AgreementRecord.parse({
    id: 'urn:uuid:a',
    role: 'provider',
    negotiationId: 'urn:uuid:n',
    peer: 'did:web:lab.example',
    peerAddress: 'https://lab.example/dsp/2025-1',
    datasetId: 'urn:uuid:d',
    offer,
    agreement: Agreement.parse({
      ...offer,
      '@id': 'urn:uuid:a',
      '@type': 'Agreement',
      assigner: 'did:web:bureau.example',
      assignee: 'did:web:lab.example',
    }),
    finalizedAt: '2026-06-01T00:00:00.000Z',
  })
}

async function running(until = '2026-06-01T01:00:00Z') {
  const record = recordUntil(until)
  let now = START
  const clock = { now: () => now, after: () => () => {} }
  const store = createTransferStore(openDatabase(':memory:'), clock)
  const deps: Pick<TransferDeps, 'store' | 'clock' | 'negotiations' | 'governance'> = {
    store,
    clock,
    negotiations: {
      agreement: async () => record,
      agreementForConsumer: async () => record,
      revoke: async () => [],
    },
    governance: {
      rulebook: async () => ({ operands: [...KNOWN_OPERANDS] }) as never,
      space: async () => undefined,
      participants: async () => [],
    },
  }
  const all = deps as TransferDeps
  const process = exampleTransfer(1, { state: 'STARTED', use: 1, updatedAt: record.finalizedAt })
  await store.insert(process, {})
  await store.change({ process, version: 1, token: storedToken(all, 'secret'), effects: {} })
  const { resolveAccess } = createAccessCheck(all)
  return {
    store,
    process,
    pass: (ms: number) => {
      now += ms
    },
    ask: async (token = 'secret') => {
      const access = await resolveAccess(token, process.pid)
      return 'code' in access ? access.code : access.datasetId
    },
  }
}

describe('a token', () => {
  it('lives as long as it is used, and five minutes longer (A2)', async () => {
    const { ask, pass } = await running()
    for (let used = 0; used < 5; used += 1) {
      pass(4 * MINUTE)
      expect(await ask()).toBe('urn:uuid:d')
    }
    pass(5 * MINUTE)
    expect(await ask()).toBe('unauthorized')
  })

  it('lives half an hour at most, so that a long pull proves its membership again (A2)', async () => {
    const { ask, pass } = await running()
    for (let used = 0; used < 10; used += 1) {
      pass(3 * MINUTE)
      expect(await ask()).toBe('urn:uuid:d')
    }
    pass(1)
    expect(await ask()).toBe('unauthorized')
  })

  it('opens nothing from the moment that the agreement no longer permits it (A2)', async () => {
    const { ask, pass } = await running('2026-06-01T00:04:00Z')
    pass(4 * MINUTE)
    expect(await ask()).toBe('urn:uuid:d')
    pass(1)
    expect(await ask()).toBe('policy-denied')
  })

  it('opens nothing from the commit that suspends or ends the transfer (A2)', async () => {
    const { ask, store, process } = await running()
    expect(await ask()).toBe('urn:uuid:d')
    const pending = { id: 'urn:uuid:m', says: 'suspension', to: 'SUSPENDED' } as const
    await store.change({ process: { ...process, pending }, version: 2, effects: {} })
    expect(await ask()).toBe('transfer-not-running')
    await store.change({ process: { ...process, state: 'COMPLETED' }, version: 3, effects: {} })
    expect(await ask()).toBe('transfer-not-running')
  })
})
