import { describe, expect, it } from 'vitest'
import type { TransferStore } from '../../node/transfer/store.ts'
import { Transfer } from '../../schemas/transfer.ts'

export function exampleTransfer(number: number, change: Partial<Transfer> = {}): Transfer {
  const at = new Date(Date.UTC(2026, 0, number)).toISOString()
  return Transfer.parse({
    pid: `urn:uuid:own-${number}`,
    peerPid: `urn:uuid:peer-${number}`,
    role: 'provider',
    peer: 'did:web:lab.example',
    peerAddress: 'https://lab.example/dsp/2025-1',
    agreementId: 'urn:uuid:a',
    datasetId: 'urn:uuid:d',
    format: 'HttpData-PULL',
    memberships: [],
    state: 'REQUESTED',
    seen: [],
    createdAt: at,
    updatedAt: at,
    ...change,
  })
}

/** What every TransferStore must do. `open` gives an empty store, and what was queued by its commits. */
export function transferStoreContract(open: () => Promise<{ store: TransferStore; queued: () => number }>): void {
  const effects = { jobs: [{ queue: 'test', key: 'x', payload: {} }] }

  describe('transfer store', () => {
    it('gives back what was put in, with its version, and writes the jobs with it', async () => {
      const { store, queued } = await open()
      const process = exampleTransfer(1)
      expect(await store.insert(process, effects)).toBe('committed')
      expect(await store.get(process.pid)).toEqual({ process, version: 1 })
      expect(await store.ofConsumer(process.peer, 'urn:uuid:peer-1')).toEqual({ process, version: 1 })
      expect(await store.insert(exampleTransfer(2, { peerPid: 'urn:uuid:peer-1' }), effects)).toBe('conflict')
      expect(queued()).toBe(1)
    })

    it('changes only what was read: of two racing changes one is written', async () => {
      const { store } = await open()
      await store.insert(exampleTransfer(1), {})
      const changes = (['STARTED', 'TERMINATED'] as const).map((state) =>
        store.change({ process: exampleTransfer(1, { state }), version: 1, effects }),
      )
      expect((await Promise.all(changes)).toSorted()).toEqual(['committed', 'conflict'])
    })

    it('keeps, extends and ends a token without touching another', async () => {
      const { store } = await open()
      await store.insert(exampleTransfer(1), {})
      expect(await store.access('urn:uuid:own-1')).toEqual({ version: 1, token: undefined })
      const token = { sha256: 'aa', expiresAt: 1000 }
      await store.change({ process: exampleTransfer(1), version: 1, token, effects: {} })
      expect(await store.access('urn:uuid:own-1')).toEqual({ version: 2, token })
      await store.extend('urn:uuid:own-1', { sha256: 'bb', expiresAt: 5000 })
      await store.extend('urn:uuid:own-1', { sha256: 'aa', expiresAt: 2000 })
      expect(await store.access('urn:uuid:own-1')).toEqual({ version: 2, token: { sha256: 'aa', expiresAt: 2000 } })
      await store.change({ process: exampleTransfer(1, { state: 'STARTED' }), version: 2, effects: {} })
      expect((await store.access('urn:uuid:own-1'))?.token?.expiresAt).toBe(2000)
      await store.change({ process: exampleTransfer(1), version: 3, token: null, effects: {} })
      expect((await store.access('urn:uuid:own-1'))?.token).toBeUndefined()
      expect(await store.access('urn:uuid:none')).toBeUndefined()
    })

    it('keeps a sealed sink beside the process until it is erased', async () => {
      const { store } = await open()
      const sealed = Uint8Array.of(1, 2, 3)
      for (const number of [1, 2]) await store.insert(exampleTransfer(number), {}, sealed)
      expect(Uint8Array.from((await store.sink('urn:uuid:own-1')) ?? [])).toEqual(sealed)
      await store.change({ process: exampleTransfer(1, { state: 'STARTED' }), version: 1, effects: {} })
      expect(await store.sink('urn:uuid:own-1')).toBeDefined()
      await store.change({ process: exampleTransfer(1), version: 2, sink: null, effects: {} })
      expect(await store.sink('urn:uuid:own-1')).toBeUndefined()
      await store.eraseSink('urn:uuid:own-2')
      expect([await store.sink('urn:uuid:own-2'), (await store.get('urn:uuid:own-2'))?.version]).toEqual([undefined, 1])
      expect(await store.sink('urn:uuid:none')).toBeUndefined()
    })

    it('gives an ordinal under an agreement to one transfer only', async () => {
      const { store } = await open()
      for (const number of [1, 2]) await store.insert(exampleTransfer(number), {})
      expect(await store.uses('urn:uuid:a')).toBe(0)
      expect(await store.change({ process: exampleTransfer(1, { use: 1 }), version: 1, effects: {} })).toBe('committed')
      expect(await store.change({ process: exampleTransfer(2, { use: 1 }), version: 1, effects: {} })).toBe('conflict')
      expect(await store.change({ process: exampleTransfer(2, { use: 2 }), version: 1, effects: {} })).toBe('committed')
      expect(await store.uses('urn:uuid:a')).toBe(2)
      expect(await store.uses('urn:uuid:else')).toBe(0)
    })

    it('finds the running transfers of an agreement by role', async () => {
      const { store } = await open()
      await store.insert(exampleTransfer(1, { state: 'STARTED' }), {})
      await store.insert(exampleTransfer(2, { state: 'COMPLETED' }), {})
      await store.insert(exampleTransfer(3, { role: 'consumer', state: 'SUSPENDED' }), {})
      const running = await store.running({ agreementId: 'urn:uuid:a', role: 'provider' })
      expect(running.map(({ process }) => process.pid)).toEqual(['urn:uuid:own-1'])
      expect((await store.ofAgreement('urn:uuid:a')).length).toBe(3)
      expect((await store.list({ limit: 2 })).map(({ pid }) => pid)).toEqual(['urn:uuid:own-3', 'urn:uuid:own-2'])
    })
  })
}
