import { beforeEach, describe, expect, it } from 'vitest'
import type { CredentialRequest, Delivery, HeldCredential, IdentityStore } from '../../node/identity/store.ts'
import { Did } from '../../schemas/ids.ts'

const issuer = Did.parse('did:web:authority.example')
const other = Did.parse('did:web:other.example')
const now = 1_767_225_600_000

const request = (holderPid: string): CredentialRequest => ({
  holderPid,
  issuer,
  type: 'MembershipCredential',
  format: 'vc11-sl2021/jwt',
  state: 'open',
  createdAt: now,
})
const held = (id: string, validUntil: number, validFrom = now - 1000): HeldCredential => ({
  id,
  type: 'MembershipCredential',
  issuer,
  token: `token-${id}`,
  validFrom,
  validUntil,
})
const delivery = (holderPid: string, credentials: HeldCredential[]): Delivery => ({
  holderPid,
  digest: credentials.map(({ id }) => id).join(),
  credentials,
  effects: { jobs: credentials.map(({ id }) => ({ queue: 'renew', key: id, payload: { id } })) },
  now,
})

export interface IdentityStoreSetup {
  readonly store: IdentityStore
  /** Keys of the jobs that commits wrote, in order. */
  jobKeys(): string[]
}

/** What every IdentityStore adapter must do. */
export function identityStoreContract(open: () => IdentityStoreSetup): void {
  describe('identity store', () => {
    let setup: IdentityStoreSetup
    let store: IdentityStore
    beforeEach(() => {
      setup = open()
      store = setup.store
    })

    it('lets an identifier of an issuer be used once', async () => {
      const use = { issuer, id: 'jti-1', expiresAt: now + 60_000, now }
      expect(await Promise.all([store.useOnce(use), store.useOnce(use), store.useOnce(use)])).toEqual([
        true,
        false,
        false,
      ])
      expect(await store.useOnce({ ...use, issuer: other })).toBe(true)
      expect(await store.useOnce({ ...use, id: 'jti-2' })).toBe(true)
    })

    it('forgets a used identifier no sooner than it expires', async () => {
      const use = { issuer, id: 'jti-1', expiresAt: now + 60_000 }
      expect(await store.useOnce({ ...use, now })).toBe(true)
      expect(await store.useOnce({ ...use, now: now + 59_999 })).toBe(false)
      expect(await store.useOnce({ ...use, now: now + 200_000 })).toBe(true)
    })

    it('finds an access grant until it expires', async () => {
      const grant = { verifier: other, scopes: ['a', 'b'], expiresAt: now + 1000 }
      await store.saveGrant('hash', grant)
      expect(await store.grant('hash', now)).toEqual(grant)
      expect(await store.grant('hash', now + 1000)).toBeUndefined()
      expect(await store.grant('else', now)).toBeUndefined()
    })

    it('keeps what is delivered together with its jobs, and closes the request', async () => {
      await store.openRequest(request('p1'))
      expect(await store.request('p1')).toEqual(request('p1'))
      const first = held('c1', now + 5000)
      expect(await store.acceptDelivery(delivery('p1', [first]))).toBe('stored')
      expect(await store.heldCredentials(now)).toEqual([first])
      expect(await store.request('p1')).toMatchObject({ state: 'issued' })
      expect(setup.jobKeys()).toEqual(['c1'])
    })

    it('takes the same delivery twice without effect, and another one never', async () => {
      await store.openRequest(request('p1'))
      const first = delivery('p1', [held('c1', now + 5000)])
      expect(await store.acceptDelivery(first)).toBe('stored')
      expect(await store.acceptDelivery(first)).toBe('repeated')
      expect(await store.acceptDelivery(delivery('p1', [held('c2', now + 5000)]))).toBe('conflict')
      expect(await store.acceptDelivery(delivery('unknown', [held('c3', now + 5000)]))).toBe('conflict')
      expect(await store.heldCredentials(now)).toHaveLength(1)
      expect(setup.jobKeys()).toEqual(['c1'])
    })

    it('closes a rejected request once', async () => {
      await store.openRequest(request('p1'))
      expect(await store.rejectRequest('p1')).toBe(true)
      expect(await store.rejectRequest('p1')).toBe(false)
      expect(await store.acceptDelivery(delivery('p1', [held('c1', now + 5000)]))).toBe('conflict')
    })

    it('lists what is valid, the longest first, and knows the newest even when it has expired', async () => {
      await store.openRequest(request('p1'))
      const list = [
        held('short', now + 1000),
        held('long', now + 9000),
        held('later', now + 9999, now + 5000),
        held('past', now - 1),
      ]
      await store.acceptDelivery(delivery('p1', list))
      expect((await store.heldCredentials(now)).map(({ id }) => id)).toEqual(['long', 'short'])
      expect((await store.newestCredential('MembershipCredential', issuer))?.id).toBe('later')
      expect(await store.newestCredential('MembershipCredential', other)).toBeUndefined()
      expect(await store.newestCredential('Other', issuer)).toBeUndefined()
    })
  })
}
