import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { IssuedInvitation, MemberList, Membership, Rulebook, Space, TrustList } from '../../schemas/governance.ts'
import { type Network, type NetworkNode, createNetwork } from '../network/create-network.ts'
import { shiftedClock } from '../network/identity-node.ts'
import { tanemaki } from '../run-command.ts'

const code = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)
const found = (node: NetworkNode, name: string) => node.api.post('/space', { name }, Space)
const joinWith = (node: NetworkNode, invitation: string) => node.api.post('/membership', { invitation }, Membership)

async function invite(authority: NetworkNode, request: { name: string; did?: string; validHours?: number }) {
  return (await authority.api.post('/invitations', request, IssuedInvitation)).invitation
}

describe('joining a space', () => {
  const clock = shiftedClock()
  let network: Network
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'stranger', 'rival'], { overrides: { clock } })
  })
  afterAll(() => network[Symbol.asyncDispose]())
  const node = (name: string) => network.node(name)

  it('is not possible before somebody has founded one', async () => {
    await expect(node('bureau').api.get('/rulebook', Rulebook).catch(code)).resolves.toBe('not-a-member')
    await expect(node('bureau').api.get('/members', MemberList).catch(code)).resolves.toBe('not-a-member')
    await expect(invite(node('authority'), { name: 'x' }).catch(code)).resolves.toBe('not-the-authority')
  })

  it('begins with an authority that founds it, once', async () => {
    const space = await found(node('authority'), 'Seed space')
    expect(space).toMatchObject({ role: 'authority', authority: node('authority').did, name: 'Seed space' })
    const rulebook = await node('authority').api.get('/rulebook', Rulebook)
    expect(rulebook).toMatchObject({ version: 1, space: 'Seed space', gates: { policy: 'baseline-v1' } })
    await expect(found(node('authority'), 'Again').catch(code)).resolves.toBe('conflict')
    await found(node('rival'), 'Other space')
  })

  it('gives a membership for an invitation, and the rules and members with it', async () => {
    const [authority, bureau] = [node('authority'), node('bureau')]
    const membership = await joinWith(bureau, await invite(authority, { name: 'Statistics bureau' }))
    expect(membership).toMatchObject({ state: 'active', authority: authority.did, space: 'Seed space' })
    expect(await bureau.api.get('/rulebook', Rulebook)).toEqual(await authority.api.get('/rulebook', Rulebook))
    expect(await bureau.api.get('/trust-list', TrustList)).toEqual(await authority.api.get('/trust-list', TrustList))
    const { members } = await bureau.api.get('/members', MemberList)
    expect(members.map(({ name, did }) => ({ name, did }))).toEqual([{ name: 'Statistics bureau', did: bureau.did }])
  })

  it('is known again after the node was restarted', async () => {
    await node('bureau').restart()
    expect(await node('bureau').api.get('/membership', Membership)).toMatchObject({ state: 'active' })
  })

  it('works once per invitation', async () => {
    const invitation = await invite(node('authority'), { name: 'Lab' })
    await joinWith(node('lab'), invitation)
    await expect(joinWith(node('stranger'), invitation).catch(code)).resolves.toBe('invitation-used')
    await expect(joinWith(node('lab'), invitation).catch(code)).resolves.toBe('invitation-used')
    expect(await node('lab').api.get('/membership', Membership)).toMatchObject({ state: 'active' })
  })

  it('works for one of several nodes that race with one invitation', async () => {
    const network = await createNetwork(['authority', 'a', 'b', 'c'])
    try {
      await found(network.node('authority'), 'Race')
      const invitation = await invite(network.node('authority'), { name: 'First' })
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((name) =>
          joinWith(network.node(name), invitation).then(
            ({ state }) => state as string,
            (error: unknown) => code(error),
          ),
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'active')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'invitation-used')).toHaveLength(2)
    } finally {
      await network[Symbol.asyncDispose]()
    }
  })

  it('works for the node that the invitation names', async () => {
    const invitation = await invite(node('authority'), { name: 'Lab', did: node('lab').did })
    await expect(joinWith(node('stranger'), invitation).catch(code)).resolves.toBe('invitation-invalid')
    expect(await joinWith(node('lab'), invitation)).toMatchObject({ state: 'active' })
  })

  it('is refused with an expired invitation', async () => {
    const invitation = await invite(node('authority'), { name: 'Late', validHours: 1 })
    clock.forward(3_601_000)
    await expect(joinWith(node('stranger'), invitation).catch(code)).resolves.toBe('invitation-expired')
  })

  it('is refused with an invitation that was changed, cut, or is none', async () => {
    const invitation = await invite(node('authority'), { name: 'Stranger' })
    const [head, body = '', signature] = invitation.split('.')
    const payload = JSON.parse(Buffer.from(body, 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...payload, space: 'Better space' })).toString('base64url')
    for (const text of [`${head}.${changed}.${signature}`, invitation.slice(0, -8), 'hello', `${head}.${body}`]) {
      await expect(joinWith(node('stranger'), text).catch(code)).resolves.toBe('invitation-invalid')
    }
  })

  it('is refused to a member of another space and to an authority', async () => {
    const invitation = await invite(node('rival'), { name: 'Bureau' })
    await expect(joinWith(node('bureau'), invitation).catch(code)).resolves.toBe('conflict')
    await expect(joinWith(node('authority'), invitation).catch(code)).resolves.toBe('conflict')
  })

  it('says that the authority cannot be reached when it is away', async () => {
    const invitation = await invite(node('rival'), { name: 'Stranger' })
    await node('rival').stop()
    await expect(joinWith(node('stranger'), invitation).catch(code)).resolves.toBe('peer-unreachable')
  })

  it('keeps no code and no private key readable in the data folders', async () => {
    const invitation = await invite(node('authority'), { name: 'Secret' })
    const payload = JSON.parse(Buffer.from(invitation.split('.')[1] ?? '', 'base64url').toString())
    for (const each of Object.values(network.nodes)) {
      for (const file of filesIn(each.dataDir)) {
        const content = readFileSync(file).toString('latin1')
        expect(content).not.toContain(payload.code)
        expect(content).not.toMatch(/"d":"/)
      }
    }
  })

  it('is done with two commands', async () => {
    const authority = node('authority')
    const file = join(authority.dataDir, 'stranger.invitation')
    await run(authority, 'member', 'invite', '--name', 'Stranger no more', '--out', file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await run(node('stranger'), 'member', 'join', file)).toMatchObject({ state: 'active' })
    const { members } = MemberList.parse(await run(authority, 'member', 'list'))
    expect(members.find(({ did }) => did === node('stranger').did)).toMatchObject({
      name: 'Stranger no more',
      state: 'active',
    })
    expect(await run(authority, 'authority', 'show')).toMatchObject({ rulebook: { version: 1 } })
  })
})

/** Runs the command line beside the nodes of this process. */
async function run(node: NetworkNode, ...args: string[]): Promise<unknown> {
  const { code, out } = await tanemaki(['--json', '--data', node.dataDir, ...args])
  expect([code, out]).toEqual([0, out])
  return JSON.parse(out)
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
