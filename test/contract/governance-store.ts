import { beforeEach, describe, expect, it } from 'vitest'
import type { GovernanceStore, Issuance } from '../../node/governance/store.ts'
import { Did, Sha256 } from '../../schemas/ids.ts'

const authority = Did.parse('did:web:authority.example')
const lab = Did.parse('did:web:lab.example')
const bureau = Did.parse('did:web:bureau.example')
const now = 1_767_225_600_000
const day = 86_400_000
const codeHash = Sha256.parse('a'.repeat(64))

const space = (role: 'authority' | 'member') => ({ role, authority, name: 'Space', since: now })
const list = (sequence: number, text = `list ${sequence}`) => ({
  kind: 'trust-list' as const,
  authority,
  sequence,
  text,
  storedAt: now,
})
const rulebook = (version: number) => ({ ...list(version, `rulebook ${version}`), kind: 'rulebook' as const })
const issuance = (changes: Partial<Issuance> = {}): Issuance => ({
  issuerPid: 'i1',
  holderPid: 'h1',
  holder: lab,
  token: 'a.b.c',
  statusIndex: 7,
  validUntil: now + day,
  state: 'received',
  createdAt: now,
  ...changes,
})
const invited = { invitation: { codeHash, name: 'Lab' }, effects: {}, now }

/** What every GovernanceStore adapter must do. */
export function governanceStoreContract(open: () => GovernanceStore): void {
  describe('governance store', () => {
    let store: GovernanceStore
    beforeEach(() => {
      store = open()
    })
    const invite = () => store.saveInvitation({ codeHash, name: 'Lab', expiresAt: now + day, createdAt: now })

    it('enters a space with its documents, and never leaves one that it is the authority of', async () => {
      expect(await store.space()).toBeUndefined()
      expect(await store.enterSpace({ space: space('member'), documents: [list(4)] })).toBe('committed')
      expect(await store.document('trust-list', authority)).toEqual(list(4))
      expect(await store.enterSpace({ space: space('authority'), documents: [] })).toBe('committed')
      expect(await store.enterSpace({ space: space('member'), documents: [list(9)] })).toBe('conflict')
      expect(await store.space()).toEqual(space('authority'))
      expect(await store.document('trust-list', authority)).toEqual(list(4))
    })

    it('never goes back to a lower sequence, nor replaces one', async () => {
      expect(await store.saveDocument(list(2))).toBe('committed')
      expect(await store.saveDocument(list(2, 'other'))).toBe('conflict')
      expect(await store.saveDocument(list(1))).toBe('conflict')
      expect(await store.saveDocument(list(3))).toBe('committed')
      expect(await store.document('trust-list', authority)).toEqual(list(3))
      expect(await store.document('trust-list', lab)).toBeUndefined()
    })

    it('keeps every version of a rulebook', async () => {
      for (const version of [1, 2]) await store.saveDocument(rulebook(version))
      expect(await store.rulebookVersion(authority, 1)).toEqual(rulebook(1))
      expect(await store.document('rulebook', authority)).toEqual(rulebook(2))
      expect(await store.rulebookVersion(authority, 3)).toBeUndefined()
    })

    it('admits by an invitation, once', async () => {
      await invite()
      expect(await store.commitIssuance({ issuance: issuance(), ...invited })).toBe('committed')
      expect(await store.member(lab)).toMatchObject({ name: 'Lab', state: 'active' })
      expect(await store.invitation(codeHash)).toMatchObject({ usedBy: lab })
      const second = issuance({ issuerPid: 'i2', holder: bureau, statusIndex: 8 })
      expect(await store.commitIssuance({ issuance: second, ...invited })).toBe('used')
      expect(await store.member(bureau)).toBeUndefined()
      expect(await store.issuance('i2')).toBeUndefined()
    })

    it('leaves the invitation unused when the status index is taken', async () => {
      await invite()
      await store.commitIssuance({ issuance: issuance(), ...invited })
      const other = Sha256.parse('b'.repeat(64))
      await store.saveInvitation({ codeHash: other, name: 'Bureau', expiresAt: now + day, createdAt: now })
      const second = { ...invited, invitation: { codeHash: other, name: 'Bureau' } }
      const clash = issuance({ issuerPid: 'i2', holder: bureau })
      expect(await store.commitIssuance({ issuance: clash, ...second })).toBe('taken')
      expect((await store.invitation(other))?.usedBy).toBeUndefined()
      expect(await store.commitIssuance({ issuance: { ...clash, statusIndex: 9 }, ...second })).toBe('committed')
    })

    it('renews active members and nobody else', async () => {
      const renewal = { issuance: issuance({ issuerPid: 'i2', holderPid: 'h2', statusIndex: 9 }), effects: {}, now }
      expect(await store.commitIssuance(renewal)).toBe('refused')
      await invite()
      await store.commitIssuance({ issuance: issuance(), ...invited })
      expect(await store.commitIssuance(renewal)).toBe('committed')
      await store.revokeMember({ did: lab, reason: 'left', now })
      const late = { ...renewal, issuance: issuance({ issuerPid: 'i3', holderPid: 'h3', statusIndex: 10 }) }
      expect(await store.commitIssuance(late)).toBe('refused')
    })

    it('revokes everything that a member holds, and frees the places once that has expired', async () => {
      await invite()
      await store.commitIssuance({ issuance: issuance(), ...invited })
      const renewal = issuance({ issuerPid: 'i2', holderPid: 'h2', statusIndex: 3, validUntil: now + 2 * day })
      await store.commitIssuance({ issuance: renewal, effects: {}, now })
      expect(await store.revokedIndexes(now)).toEqual([])
      expect(await store.revokeMember({ did: lab, reason: 'left', now })).toMatchObject({
        state: 'revoked',
        reason: 'left',
      })
      expect(await store.revokeMember({ did: lab, reason: 'again', now })).toBeUndefined()
      expect(await store.revokedIndexes(now)).toEqual([3, 7])
      expect(await store.revokedIndexes(now + day + 61_000)).toEqual([3])
      expect((await store.members()).map(({ did, state }) => ({ did, state }))).toEqual([
        { did: lab, state: 'revoked' },
      ])
    })

    it('finds an issuance by both of its names', async () => {
      await invite()
      const given = issuance({ echo: 'token' })
      await store.commitIssuance({ issuance: given, ...invited })
      expect(await store.issuance('i1')).toEqual(given)
      expect(await store.issuanceFor(lab, 'h1')).toEqual(given)
      expect(await store.issuanceFor(bureau, 'h1')).toBeUndefined()
      await store.finishIssuance('i1', 'issued')
      expect(await store.issuance('i1')).toEqual({ ...given, state: 'issued' })
    })
  })
}
