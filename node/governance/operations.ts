import type { CredentialRequestMessage } from '../../schemas/identity.ts'
import {
  type FoundSpace,
  type InviteMember,
  type IssuedInvitation,
  type Member,
  type MemberList,
  type Membership,
  type Participant,
  ParticipantList,
  type RevokeMember,
  Rulebook,
  type Space,
  type TrustList,
} from '../../schemas/governance.ts'
import type { Did } from '../../schemas/ids.ts'
import { readDocument } from '../../protocol/governance/signed-document.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Bearer, Identity, Wallet } from '../identity/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { Gzip } from '../ports/gzip.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import { foundSpace, inviteMember } from './founding.ts'
import { createIssuing } from './issuing.ts'
import { joinSpace, membershipOf } from './joining.ts'
import { type Publisher, createPublisher } from './publisher.ts'
import { createRefresh } from './refresh.ts'
import type { SpaceView } from './space-view.ts'
import type { GovernanceStore, Issuance, SpaceRecord } from './store.ts'

/** The rules of the space, who is in it, and this node's place in it. */
export interface Governance {
  /** The rulebook in force. Throws Refused `not-a-member` before the node has founded or joined a space. */
  rulebook(): Promise<Rulebook>
  /** Active members, from the authority's signed list. Throws Refused `not-a-member`. */
  participants(): Promise<readonly Participant[]>
  /** Throws Refused `not-a-member`. An expired list is returned; whoever decides by it checks `expires`. */
  trustList(): Promise<TrustList>
  space(): Promise<Space | undefined>

  /** Obtains the membership that the invitation promises, and waits for its delivery. */
  join(invitation: string): Promise<Membership>
  membership(): Promise<Membership | undefined>
  /** Fetches (an authority: signs) trust list, rulebook and participants when due; never goes back to a lower sequence. */
  refresh(): Promise<void>

  /** Makes this node the authority of a new space. Throws Refused `conflict` when it is in one already. */
  found(request: FoundSpace): Promise<Space>
  /** Throws Refused `not-the-authority`, as does revoke. */
  invite(request: InviteMember): Promise<IssuedInvitation>
  members(): Promise<MemberList>
  revoke(request: RevokeMember): Promise<Member>

  /** Answers a credential request of a holder. Throws Refused. */
  issue(holder: Bearer, message: CredentialRequestMessage): Promise<Issuance>
  issuance(issuerPid: string): Promise<Issuance | undefined>
  readonly published: Publisher

  /** Starts to keep the space's documents current. */
  start(): void
  stop(): void
}

export interface GovernanceDeps {
  readonly did: Did
  readonly publicUrl: string
  readonly store: GovernanceStore
  readonly view: SpaceView
  readonly identity: Identity
  readonly wallet: Wallet
  readonly signingKey: () => Promise<SigningKey>
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: Random
  readonly gzip: Gzip
  readonly log: Logger
}

/** Puts the slice together. */
export function createGovernance(deps: GovernanceDeps): Governance {
  const { view, store } = deps
  const published = createPublisher(deps)
  const refresh = createRefresh(deps, published)
  return {
    rulebook: () => currentRulebook(deps),
    participants: () => currentParticipants(deps, refresh.participants),
    trustList: async () => (await view.trustList()) ?? refuseOutside(),
    space: () => describeSpace(deps),
    join: async (invitation) => {
      const membership = await joinSpace(invitation, deps)
      await refresh.participants().catch(() => undefined)
      return membership
    },
    membership: () => membershipOf(deps),
    refresh: () => refresh.all(),
    found: async (request) => {
      await foundSpace(request, deps)
      return (await describeSpace(deps)) ?? refuseOutside()
    },
    invite: (request) => inviteMember(request, { deps, published }),
    members: () => listMembers(deps, refresh.participants),
    revoke: (request) => revokeMember(request, { deps, published }),
    issue: createIssuing(deps, published),
    issuance: (issuerPid) => store.issuance(issuerPid),
    published,
    start: refresh.start,
    stop: refresh.stop,
  }
}

function refuseOutside(): never {
  refuse(
    'not-a-member',
    'this node is not in a space yet',
    'Found one with tanemaki authority init, or join one with tanemaki member join.',
  )
}

async function requireSpace({ store }: GovernanceDeps): Promise<SpaceRecord> {
  return (await store.space()) ?? refuseOutside()
}

async function currentRulebook({ store, view }: GovernanceDeps): Promise<Rulebook> {
  const list = (await view.trustList()) ?? refuseOutside()
  const record = await store.rulebookVersion(list.authority, list.rulebook.version)
  const read = record === undefined ? undefined : readDocument(record.text, Rulebook)
  if (read?.ok !== true) throw new Error('the rulebook of the space is missing from the store')
  return read.value
}

async function currentParticipants(
  deps: GovernanceDeps,
  refresh: () => Promise<void>,
): Promise<readonly Participant[]> {
  const { authority } = await requireSpace(deps)
  await refresh().catch(() => undefined)
  const record = await deps.store.document('participant-list', authority)
  if (record === undefined) {
    return refuse('unavailable', 'the list of members is not here yet', 'It is fetched from the authority; try again.')
  }
  const read = readDocument(record.text, ParticipantList)
  if (!read.ok) throw new Error(`the stored participant list cannot be read: ${read.code}`)
  return read.value.participants
}

async function describeSpace({ store, view }: GovernanceDeps): Promise<Space | undefined> {
  const [space, list] = [await store.space(), await view.trustList()]
  if (space === undefined || list === undefined) return undefined
  const { role, authority, name } = space
  return {
    role,
    authority,
    name,
    trustList: { sequence: list.sequence, expires: list.expires },
    rulebook: list.rulebook,
  }
}

async function listMembers(deps: GovernanceDeps, refresh: () => Promise<void>): Promise<MemberList> {
  const { role } = await requireSpace(deps)
  if (role === 'authority') return { role, members: await deps.store.members() }
  const participants = await currentParticipants(deps, refresh)
  return { role, members: participants.map((participant) => ({ ...participant, state: 'active' as const })) }
}

async function revokeMember(
  { did, reason }: RevokeMember,
  { deps, published }: { deps: GovernanceDeps; published: Publisher },
): Promise<Member> {
  await published.authoritySpace()
  const revoked = await deps.store.revokeMember({ did, reason, now: deps.clock.now() })
  if (revoked === undefined)
    return refuse('not-found', 'there is no active member of this DID', 'See tanemaki member list.')
  deps.log.info('membership-revoked', { member: did })
  return revoked
}
