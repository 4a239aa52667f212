import { describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import { createMembershipCheck, type MembershipDeps } from './push-membership.ts'

const AUTHORITY = Did.parse('did:web:authority.example')
const LAB = Did.parse('did:web:lab.example')
const until = Instant.parse('2026-12-01T00:00:00.000Z')
const createdAt = Instant.parse('1970-01-01T00:00:00.000Z')

function scene() {
  const state = { listed: [LAB] as Did[] | 'none', now: 60_000, asked: 0 }
  const governance: MembershipDeps['governance'] = {
    space: async () => ({ authority: AUTHORITY }) as never,
    participants: async () => {
      state.asked += 1
      if (state.listed === 'none') throw new Refused({ code: 'unavailable', detail: '', hint: '' })
      return state.listed.map((did) => ({ did, name: 'x', since: until }))
    },
  }
  const check = createMembershipCheck({ governance, clock: { now: () => state.now, after: () => () => {} } })
  const of = (authority: Did, peer = LAB) => check({ peer, createdAt, memberships: [{ authority, validUntil: until }] })
  return { state, of }
}

describe('the membership of whoever is pushed to', () => {
  it('is looked up in the list of the authority, and is over half a minute after it was taken off', async () => {
    const { state, of } = scene()
    expect(await of(AUTHORITY)).toBeUndefined()
    state.listed = []
    expect(await of(AUTHORITY)).toBeUndefined()
    expect(state.asked).toBe(1)
    state.now = 90_000
    expect(await of(AUTHORITY)).toMatchObject({ code: 'policy-denied' })
  })

  it('is believed for a minute after it was proved: the list may not know yet who has just joined', async () => {
    const { state, of } = scene()
    state.listed = []
    state.now = 59_999
    expect(await of(AUTHORITY)).toBeUndefined()
    expect(state.asked).toBe(0)
    state.now = 60_000
    expect(await of(AUTHORITY)).toMatchObject({ code: 'policy-denied' })
  })

  it('holds as it was proved where no list says otherwise', async () => {
    const { state, of } = scene()
    state.listed = []
    expect(await of(Did.parse('did:web:other.example'))).toBeUndefined()
    expect(await of(AUTHORITY, AUTHORITY)).toBeUndefined()
    const without = scene()
    without.state.listed = 'none'
    expect(await without.of(AUTHORITY)).toBeUndefined()
  })
})
