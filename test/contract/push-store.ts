import { describe, expect, it } from 'vitest'
import type { PushStore } from '../../node/transfer/push-store.ts'
import { PushedFile } from '../../schemas/pushes.ts'

/** What every PushStore must do. `open` gives an empty store. */
export function pushStoreContract(open: () => Promise<PushStore>): void {
  describe('push store', () => {
    it('keeps what is known of each file of each transfer, by name', async () => {
      const store = await open()
      const at = '2026-01-01T00:00:00.000Z'
      const file = (name: string, more: object = {}) => PushedFile.parse({ name, size: 1, state: 'sent', at, ...more })
      const upload = { uploadId: 'u', partSize: 5, parts: [{ etag: '"a"' }] }
      await store.put('urn:uuid:1', file('b', { state: 'open', upload }))
      await store.put('urn:uuid:1', file('a'))
      await store.put('urn:uuid:2', file('a', { size: 2 }))
      expect(await store.files('urn:uuid:1')).toEqual([file('a'), file('b', { state: 'open', upload })])
      await store.put('urn:uuid:1', file('b'))
      expect(await store.files('urn:uuid:1')).toEqual([file('a'), file('b')])
      expect(await store.files('urn:uuid:2')).toEqual([file('a', { size: 2 })])
      expect(await store.files('urn:uuid:3')).toEqual([])
    })
  })
}
