import { describe, expect, it } from 'vitest'
import type { LedgerStore, LogHead } from '../../node/ledger/store.ts'
import type { LeafDraft } from '../../node/ports/effects.ts'

export interface LedgerStoreUnderTest {
  readonly store: LedgerStore
  /** Commits leaves as any store's commit does. */
  readonly queue: (leaves: readonly LeafDraft[]) => Promise<void>
}

const leaf = (ref: string): LeafDraft => ({ kind: 'manifest', ref, bytes: Uint8Array.of(ref.length, 2, 3) })
const headOf = (size: number): LogHead => ({ size, root: `root-${size}`, checkpoint: `checkpoint-${size}` })

/** What every persistence of the log must do. */
export function ledgerStoreContract(open: () => LedgerStoreUnderTest): void {
  describe('a ledger store', () => {
    it('hands out queued leaves in the order of their commits until they have a position', async () => {
      const { store, queue } = open()
      await queue([leaf('a'), leaf('b')])
      await queue([leaf('c')])
      const queued = await store.queued(2)
      expect(queued.map(({ ref }) => ref)).toEqual(['a', 'b'])
      expect(queued[0]?.bytes).toEqual(Uint8Array.of(1, 2, 3))
      expect(await store.queuedCount()).toBe(3)
      const batch = { from: undefined, head: headOf(2), leafIds: queued.map(({ id }) => id), files: [], at: 1 }
      expect(await store.commitBatch(batch)).toBe('committed')
      expect((await store.queued(9)).map(({ ref }) => ref)).toEqual(['c'])
      expect(await store.position('manifest', 'b')).toBe(1)
      expect(await store.position('manifest', 'c')).toBeUndefined()
      expect(await store.position('receipt', 'b')).toBeUndefined()
      expect(await store.head()).toEqual(headOf(2))
    })

    it('takes a statement only once, also after it was sequenced', async () => {
      const { store, queue } = open()
      await queue([leaf('a')])
      await queue([leaf('a')])
      const [first] = await store.queued(9)
      expect(await store.queuedCount()).toBe(1)
      await store.commitBatch({ from: undefined, head: headOf(1), leafIds: [first?.id ?? 0], files: [], at: 1 })
      await queue([leaf('a')])
      expect(await store.queuedCount()).toBe(0)
    })

    it('moves the head only from the head that was expected, and writes nothing otherwise', async () => {
      const { store, queue } = open()
      await queue([leaf('a'), leaf('b')])
      const [a, b] = await store.queued(2)
      const files = [{ path: 'tile/0/000.p/1', bytes: Uint8Array.of(9) }]
      await store.commitBatch({ from: undefined, head: headOf(1), leafIds: [a?.id ?? 0], files, at: 1 })
      const late = { head: headOf(2), leafIds: [b?.id ?? 0], files: [], at: 2 }
      expect(await store.commitBatch({ ...late, from: undefined })).toBe('conflict')
      expect(await store.commitBatch({ ...late, from: { ...headOf(1), root: 'other' } })).toBe('conflict')
      expect(await store.head()).toEqual(headOf(1))
      expect(await store.staged()).toEqual(files)
      expect(await store.queuedCount()).toBe(1)
      expect(await store.commitBatch({ ...late, from: headOf(1) })).toBe('committed')
    })

    it('keeps the files of the newest tree until they are cleared', async () => {
      const { store, queue } = open()
      await queue([leaf('a')])
      const [a] = await store.queued(1)
      const files = [
        { path: 'tile/0/000.p/1', bytes: Uint8Array.of(1) },
        { path: 'tile/entries/000.p/1', bytes: Uint8Array.of(2) },
      ]
      await store.commitBatch({ from: undefined, head: headOf(1), leafIds: [a?.id ?? 0], files, at: 1 })
      expect(await store.staged()).toEqual(files)
      await store.clearStage()
      expect(await store.staged()).toEqual([])
    })

    it('remembers every head, thinned evenly with both ends kept', async () => {
      const { store, queue } = open()
      let from: LogHead | undefined
      for (let size = 1; size <= 10; size += 1) {
        await queue([leaf('x'.repeat(size))])
        const [next] = await store.queued(1)
        await store.commitBatch({ from, head: headOf(size), leafIds: [next?.id ?? 0], files: [], at: size })
        from = headOf(size)
      }
      expect((await store.heads(4, 100)).map(({ size }) => size)).toEqual([1, 4, 7, 10])
      expect((await store.heads(100, 3)).map(({ size }) => size)).toEqual([1, 2, 3])
    })
  })
}
