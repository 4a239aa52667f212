import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { IssuedInvitation, MemberList, Membership, Rulebook, Space } from '../../schemas/governance.ts'
import { Refused } from '../../protocol/refusal.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'

const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

export async function found(node: NetworkNode, name = 'Seed space') {
  return node.api.post('/space', { name }, Space)
}

export async function invite(authority: NetworkNode, request: { name: string; did?: string; validHours?: number }) {
  return (await authority.api.post('/invitations', request, IssuedInvitation)).invitation
}

export function join(node: NetworkNode, invitation: string) {
  return node.api.post('/membership', { invitation }, Membership)
}

describe('joining a space', () => {
  let network: Network
  let now = Date.parse('2026-11-22T10:00:00.000Z')
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'stranger', 'rival'])
  })
  afterAll(() => network[Symbol.asyncDispose]())

  it('begins with an authority that founds the space', async () => {
    const space = await found(network.node('authority'))
    expect(space).toMatchObject({ role: 'authority', authority: network.node('authority').did, name: 'Seed space' })
    const rulebook = await network.node('authority').api.get('/rulebook', Rulebook)
    expect(rulebook.version).toBe(1)
  })

  it('gives a node its membership for an invitation', async () => {
    const [authority, bureau] = [network.node('authority'), network.node('bureau')]
    const membership = await join(bureau, await invite(authority, { name: 'Statistics bureau' }))
    expect(membership).toMatchObject({ state: 'active', authority: authority.did, space: 'Seed space' })
    expect(await bureau.api.get('/rulebook', Rulebook)).toEqual(await authority.api.get('/rulebook', Rulebook))
    const { members } = await bureau.api.get('/members', MemberList)
    expect(members.map(({ name, did }) => ({ name, did }))).toEqual([{ name: 'Statistics bureau', did: bureau.did }])
  })
})
