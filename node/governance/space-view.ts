import { TrustList } from '../../schemas/governance.ts'
import { readDocument } from '../../protocol/governance/signed-document.ts'
import type { TrustSource } from '../identity/operations.ts'
import type { GovernanceStore } from './store.ts'

/** What other slices need to know of the space before they exist: whom it trusts, and this node's role. */
export interface SpaceView extends TrustSource {
  isAuthority(): Promise<boolean>
}

/** Reads what was verified when it was stored; a text that was read before is not parsed again. */
export function createSpaceView(store: GovernanceStore): SpaceView {
  let parsed: { text: string; list: TrustList } | undefined
  return {
    trustList: async () => {
      const space = await store.space()
      const record = space === undefined ? undefined : await store.document('trust-list', space.authority)
      if (record === undefined) return undefined
      if (parsed?.text === record.text) return parsed.list
      const read = readDocument(record.text, TrustList)
      if (!read.ok) throw new Error(`the stored trust list cannot be read: ${read.code}`)
      parsed = { text: record.text, list: read.value }
      return parsed.list
    },
    isAuthority: async () => (await store.space())?.role === 'authority',
  }
}
