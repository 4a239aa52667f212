import { describe, expect, it } from 'vitest'
import type { NegotiationStore } from '../../node/negotiation/store.ts'
import { AgreementRecord, Negotiation } from '../../schemas/negotiation.ts'
import { Agreement } from '../../schemas/policy.ts'

const offer = { '@id': 'urn:uuid:o', '@type': 'Offer', target: 'urn:uuid:d', permission: [{ action: 'use' }] }

function example(number: number, change: Partial<Negotiation> = {}): Negotiation {
  const at = new Date(Date.UTC(2026, 0, number)).toISOString()
  return Negotiation.parse({
    pid: `urn:uuid:own-${number}`,
    peerPid: `urn:uuid:peer-${number}`,
    role: 'provider',
    peer: 'did:web:lab.example',
    peerAddress: 'https://lab.example/dsp/2025-1',
    datasetId: 'urn:uuid:d',
    offer,
    offeredBy: 'consumer',
    memberships: [],
    state: 'REQUESTED',
    seen: ['urn:uuid:m1'],
    createdAt: at,
    updatedAt: at,
    ...change,
  })
}

const agreement = Agreement.parse({
  ...offer,
  '@id': 'urn:uuid:a',
  '@type': 'Agreement',
  assigner: 'did:web:bureau.example',
  assignee: 'did:web:lab.example',
})

function recordOf(process: Negotiation, change: Partial<AgreementRecord> = {}): AgreementRecord {
  const { role, pid, peer, peerAddress, datasetId, offer, updatedAt } = process
  return AgreementRecord.parse({
    id: agreement['@id'],
    role,
    negotiationId: pid,
    peer,
    peerAddress,
    datasetId,
    offer,
    agreement,
    finalizedAt: updatedAt,
    ...change,
  })
}

/** What every NegotiationStore must do. `open` gives an empty store, and what was queued by its commits. */
export function negotiationStoreContract(open: () => Promise<{ store: NegotiationStore; queued: () => number }>): void {
  const job = (pid: string) => ({ queue: 'test', key: pid, payload: { pid } })

  describe('negotiation store', () => {
    it('gives back what was put in, with its version, and writes the jobs with it', async () => {
      const { store, queued } = await open()
      const process = example(1)
      expect(await store.insert(process, { jobs: [job(process.pid)] })).toBe('committed')
      expect(await store.get(process.pid)).toEqual({ process, version: 1 })
      expect(await store.ofPeer({ role: 'provider', peer: 'did:web:lab.example', peerPid: 'urn:uuid:peer-1' })).toEqual(
        { process, version: 1 },
      )
      expect(
        await store.ofPeer({ role: 'provider', peer: 'did:web:else.example', peerPid: 'urn:uuid:peer-1' }),
      ).toBeUndefined()
      expect(queued()).toBe(1)
    })

    it('takes one process for a consumer and its process id, however many requests race', async () => {
      const { store, queued } = await open()
      const racing = [1, 2, 3].map((n) => example(n, { peerPid: 'urn:uuid:same' }))
      const outcomes = await Promise.all(racing.map((process) => store.insert(process, { jobs: [job(process.pid)] })))
      expect(outcomes.toSorted()).toEqual(['committed', 'conflict', 'conflict'])
      expect(queued()).toBe(1)
    })

    it('tells the process that a peer opened from the one that this side opened with it', async () => {
      const { store } = await open()
      const named = { peer: 'did:web:lab.example', peerPid: 'urn:uuid:peer-1' }
      await store.insert(example(1), {})
      expect(await store.ofPeer({ ...named, role: 'consumer' })).toBeUndefined()
      const offered = example(2, { role: 'consumer', peerPid: named.peerPid, state: 'OFFERED' })
      expect(await store.insert(offered, {})).toBe('committed')
      expect((await store.ofPeer({ ...named, role: 'consumer' }))?.process.pid).toBe(offered.pid)
      expect(await store.insert({ ...offered, pid: 'urn:uuid:third' }, {})).toBe('conflict')
    })

    it('lists what can be answered: requests at the provider and offers at the consumer, unless an answer is on its way', async () => {
      const { store } = await open()
      const says = { id: 'urn:uuid:m', says: 'agreement', to: 'AGREED' } as const
      await store.insert(example(1, { state: 'REQUESTED' }), {})
      await store.insert(example(2, { state: 'REQUESTED', pending: says }), {})
      await store.insert(example(3, { state: 'OFFERED' }), {})
      await store.insert(example(4, { role: 'consumer', state: 'OFFERED' }), {})
      await store.insert(example(5, { role: 'consumer', state: 'REQUESTED' }), {})
      const pids = (await store.answerable(10)).map(({ pid }) => pid)
      expect(pids.toSorted()).toEqual(['urn:uuid:own-1', 'urn:uuid:own-4'])
      expect(await store.answerable(1)).toHaveLength(1)
    })

    it('lets own requests wait without a process id of the peer', async () => {
      const { store } = await open()
      for (const number of [1, 2]) {
        const { peerPid: _, ...process } = example(number, { role: 'consumer', state: 'INITIAL' })
        expect(await store.insert(process, {})).toBe('committed')
      }
    })

    it('changes only what was read: of two racing changes one is written, with its jobs', async () => {
      const { store, queued } = await open()
      await store.insert(example(1), {})
      const changes = (['TERMINATED', 'AGREED'] as const).map((state) =>
        store.change({ process: example(1, { state }), version: 1, effects: { jobs: [job('x')] } }),
      )
      expect((await Promise.all(changes)).toSorted()).toEqual(['committed', 'conflict'])
      expect((await store.get('urn:uuid:own-1'))?.version).toBe(2)
      expect(queued()).toBe(1)
    })

    it('finds the process of an agreement that is on its way or made', async () => {
      const { store } = await open()
      await store.insert(example(1), {})
      const pending = { id: 'urn:uuid:m2', says: 'agreement', to: 'AGREED', agreement } as const
      await store.change({ process: example(1, { pending }), version: 1, effects: {} })
      expect((await store.ofAgreement('urn:uuid:a'))?.process.pid).toBe('urn:uuid:own-1')
      await store.change({ process: example(1, { agreement }), version: 2, effects: {} })
      expect((await store.ofAgreement('urn:uuid:a'))?.version).toBe(3)
      expect(await store.agreement('urn:uuid:a')).toBeUndefined()
    })

    it('keeps a final agreement once, and revokes it for the dataset', async () => {
      const { store } = await open()
      const process = example(1, { agreement, state: 'FINALIZED' })
      const record = recordOf(process)
      await store.insert(example(1), {})
      await store.change({ process, version: 1, agreement: record, effects: {} })
      await store.change({ process, version: 2, agreement: { ...record, purpose: 'other' }, effects: {} })
      expect(await store.agreements({ limit: 10 })).toEqual([record])
      const revoked = { at: record.finalizedAt, reason: 'withdrawn' }
      expect(await store.revoke('urn:uuid:d', revoked)).toEqual([{ ...record, revoked }])
      expect(await store.revoke('urn:uuid:d', { ...revoked, reason: 'again' })).toEqual([{ ...record, revoked }])
      expect(await store.agreement('urn:uuid:a')).toEqual({ ...record, revoked })
      expect(await store.revoke('urn:uuid:else', revoked)).toEqual([])
    })

    it('lists by newest change, page by page', async () => {
      const { store } = await open()
      for (const number of [1, 2, 3]) await store.insert(example(number), {})
      const first = await store.list({ limit: 2 })
      expect(first.map((process) => process.pid)).toEqual(['urn:uuid:own-3', 'urn:uuid:own-2'])
      const before = Date.parse(first[1]?.updatedAt ?? '')
      expect((await store.list({ limit: 2, before })).map((process) => process.pid)).toEqual(['urn:uuid:own-1'])
    })
  })
}
