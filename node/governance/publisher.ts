import { ParticipantList, type Rulebook, type RulebookReference, TrustList } from '../../schemas/governance.ts'
import { readDocument, signDocument } from '../../protocol/governance/signed-document.ts'
import { membershipType } from '../../protocol/identity/scope.ts'
import { statusBits, signStatusList } from '../../protocol/identity/status-list.ts'
import { instantOf, millisOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { GovernanceDeps } from './operations.ts'
import type { DocumentRecord, SpaceRecord } from './store.ts'

/** How long a signed list counts; it is signed anew after a quarter of that. */
const listLifetimeMs = 48 * 3_600_000
const statusLifetimeMs = 3_600_000

/** What an authority publishes: rulebook, trust list, participants, status list; each signed when it is due. */
export interface Publisher {
  /** The space, when this node is its authority. Throws Refused `not-the-authority`. */
  authoritySpace(): Promise<SpaceRecord>
  rulebook(): Promise<string>
  trustList(): Promise<string>
  participants(): Promise<string>
  statusList(): Promise<string>
  readonly statusListUrl: string
}

export function createPublisher(deps: GovernanceDeps): Publisher {
  const { store, publicUrl } = deps
  const statusListUrl = `${publicUrl}/status/1`
  const authoritySpace = async () => {
    const space = await store.space()
    if (space?.role === 'authority') return space
    return refuse('not-the-authority', 'this node is not the authority of a space', 'Ask the authority of your space.')
  }
  return {
    authoritySpace,
    statusListUrl,
    rulebook: async () => {
      const { authority } = await authoritySpace()
      return (await store.document('rulebook', authority))?.text ?? missingDocument()
    },
    trustList: async () => {
      await authoritySpace()
      return currentTrustList(deps)
    },
    participants: async () => {
      await authoritySpace()
      return currentParticipants(deps)
    },
    statusList: createStatusPublisher(deps, { statusListUrl, authoritySpace }),
  }
}

function missingDocument(): never {
  throw new Error('a document of this space is missing from the store')
}

export async function signTrustList(
  deps: GovernanceDeps,
  { rulebook, since, sequence }: { rulebook: RulebookReference; since: number; sequence: number },
): Promise<DocumentRecord> {
  const { did, clock, signingKey } = deps
  const now = clock.now()
  const list: TrustList = {
    type: 'urn:tanemaki:trust-list:v1',
    authority: did,
    sequence,
    issued: instantOf(now),
    expires: instantOf(now + listLifetimeMs),
    issuers: [{ did, types: [membershipType], from: instantOf(since) }],
    retired: [],
    rulebook,
  }
  const text = await signDocument(list, await signingKey())
  return { kind: 'trust-list', authority: did, sequence, text, storedAt: now }
}

async function currentTrustList(deps: GovernanceDeps): Promise<string> {
  const { store, did, clock } = deps
  const stored = await store.document('trust-list', did)
  const read = stored === undefined ? undefined : readDocument(stored.text, TrustList)
  if (stored === undefined || read?.ok !== true) return missingDocument()
  if (!due(stored, clock.now())) return stored.text
  const [issuer] = read.value.issuers
  const since = millisOf(issuer?.from ?? read.value.issued)
  const next = await signTrustList(deps, { rulebook: read.value.rulebook, since, sequence: stored.sequence + 1 })
  return saved(deps, next)
}

function due({ storedAt }: DocumentRecord, now: number): boolean {
  return now - storedAt > listLifetimeMs / 4
}

/** Another request may have signed at the same time: what the store has is what counts. */
async function saved({ store }: GovernanceDeps, document: DocumentRecord): Promise<string> {
  if ((await store.saveDocument(document)) === 'committed') return document.text
  return (await store.document(document.kind, document.authority))?.text ?? missingDocument()
}

async function currentParticipants(deps: GovernanceDeps): Promise<string> {
  const { store, did, clock, signingKey } = deps
  const members = await store.members()
  const participants = members
    .filter((member) => member.state === 'active')
    .map(({ did, name, since }) => ({ did, name, since }))
  const stored = await store.document('participant-list', did)
  const now = clock.now()
  if (stored !== undefined && !due(stored, now) && participantsIn(stored) === JSON.stringify(participants)) {
    return stored.text
  }
  const sequence = (stored?.sequence ?? 0) + 1
  const list: ParticipantList = {
    type: 'urn:tanemaki:participant-list:v1',
    authority: did,
    sequence,
    issued: instantOf(now),
    expires: instantOf(now + listLifetimeMs),
    participants,
  }
  const text = await signDocument(list, await signingKey())
  return saved(deps, { kind: 'participant-list', authority: did, sequence, text, storedAt: now })
}

function participantsIn(document: DocumentRecord): string {
  const read = readDocument(document.text, ParticipantList)
  return read.ok ? JSON.stringify(read.value.participants) : ''
}

/** One signed list serves everybody until a bit changes or half its life is over. */
function createStatusPublisher(
  deps: GovernanceDeps,
  { statusListUrl, authoritySpace }: { statusListUrl: string; authoritySpace: () => Promise<SpaceRecord> },
): () => Promise<string> {
  const { store, did, clock, gzip, signingKey } = deps
  let current: { text: string; revoked: string; signedAt: number } | undefined
  return async () => {
    await authoritySpace()
    const now = clock.now()
    const indexes = await store.revokedIndexes(now)
    const revoked = indexes.join(' ')
    if (current?.revoked === revoked && now >= current.signedAt && now - current.signedAt < statusLifetimeMs / 2) {
      return current.text
    }
    const text = await signStatusList({
      key: await signingKey(),
      issuer: did,
      url: statusListUrl,
      compressed: gzip.compress(statusBits(indexes)),
      now,
      lifetimeMs: statusLifetimeMs,
    })
    current = { text, revoked, signedAt: now }
    return text
  }
}

/** Version 1 of a rulebook and the trust list that names it: what founds a space. */
export async function foundingDocuments(
  deps: GovernanceDeps,
  { rulebook, reference, text }: { rulebook: Rulebook; reference: RulebookReference; text: string },
): Promise<DocumentRecord[]> {
  const { did, clock } = deps
  const now = clock.now()
  return [
    { kind: 'rulebook', authority: did, sequence: rulebook.version, text, storedAt: now },
    await signTrustList(deps, { rulebook: reference, since: now, sequence: 1 }),
  ]
}
