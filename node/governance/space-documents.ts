import { Invitation, ParticipantList, Rulebook, TrustList } from '../../schemas/governance.ts'
import type { Did } from '../../schemas/ids.ts'
import type * as z from 'zod'
import { type GovernanceDocument, documentDigest, verifyDocument } from '../../protocol/governance/signed-document.ts'
import { trustListInForce } from '../../protocol/governance/trust-list.ts'
import type { Checked } from '../../protocol/identity/checked.ts'
import { refuse } from '../../protocol/refusal.ts'
import { HttpFailure } from '../ports/http-client.ts'
import type { GovernanceDeps } from './operations.ts'
import type { DocumentRecord, SpaceRecord } from './store.ts'

const maxBytes = 8 * 1024 * 1024

/** A document of an authority, verified; the authority's DID document is fetched again when the cached one does not fit. */
async function verified<Schema extends z.ZodType<GovernanceDocument>>(
  text: string,
  { schema, authority, deps }: { schema: Schema; authority: Did; deps: GovernanceDeps },
): Promise<Checked<z.infer<Schema>, string>> {
  const { identity } = deps
  const known = await verifyDocument(text, { schema, authority, document: await identity.resolve(authority) })
  if (known.ok || (known.code !== 'document.signer' && known.code !== 'document.signature')) return known
  return verifyDocument(text, { schema, authority, document: await identity.resolve(authority, { fresh: true }) })
}

/** The invitation, if its authority really made it. Throws Refused. */
export async function verifyInvitation(
  text: string,
  { authority, deps }: { authority: Did; deps: GovernanceDeps },
): Promise<Invitation> {
  const invitation = await verified(text, { schema: Invitation, authority, deps })
  if (invitation.ok) return invitation.value
  return refuse(
    'invitation-invalid',
    'the invitation was not signed by the authority that it names',
    'Copy the whole invitation again, or ask the authority for a new one.',
  )
}

/** Trust list and rulebook as the authority serves them now, verified; never below the stored sequence. Throws Refused. */
export async function fetchSpaceDocuments(authority: Did, deps: GovernanceDeps): Promise<DocumentRecord[]> {
  const { store, clock } = deps
  const text = await fetchText(authority, { path: 'trust-list', deps })
  const list = await verified(text, { schema: TrustList, authority, deps })
  if (!list.ok) return refuseDocument('trust list', list.code)
  if (!trustListInForce(list.value, clock.now())) return refuseDocument('trust list', 'document.expired')
  const stored = await store.document('trust-list', authority)
  const { sequence, rulebook } = list.value
  if (stored !== undefined && (sequence < stored.sequence || (sequence === stored.sequence && text !== stored.text))) {
    return refuseDocument('trust list', 'document.rolled_back')
  }
  const trust: DocumentRecord = { kind: 'trust-list', authority, sequence, text, storedAt: clock.now() }
  const known = await store.rulebookVersion(authority, rulebook.version)
  if (known !== undefined && documentDigest(known.text) === rulebook.digest) return [trust]
  return [await fetchRulebook(authority, { list: list.value, deps }), trust]
}

async function fetchRulebook(
  authority: Did,
  { list, deps }: { list: TrustList; deps: GovernanceDeps },
): Promise<DocumentRecord> {
  const text = await fetchText(authority, { path: 'rulebook', deps })
  const rulebook = await verified(text, { schema: Rulebook, authority, deps })
  if (!rulebook.ok) return refuseDocument('rulebook', rulebook.code)
  const { id, version, digest } = list.rulebook
  if (documentDigest(text) !== digest || rulebook.value.version !== version || rulebook.value.id !== id) {
    return refuseDocument('rulebook', 'document.digest')
  }
  return { kind: 'rulebook', authority, sequence: version, text, storedAt: deps.clock.now() }
}

/** The list of members, which the authority shows to members alone. Throws Refused. */
export async function fetchParticipants({ authority }: SpaceRecord, deps: GovernanceDeps): Promise<DocumentRecord> {
  const { identity, store, clock } = deps
  const authorization = await identity.authorizationFor(authority)
  const text = await fetchText(authority, { path: 'participants', authorization, deps })
  const list = await verified(text, { schema: ParticipantList, authority, deps })
  if (!list.ok) return refuseDocument('participant list', list.code)
  const stored = await store.document('participant-list', authority)
  if (stored !== undefined && list.value.sequence < stored.sequence) {
    return refuseDocument('participant list', 'document.rolled_back')
  }
  return { kind: 'participant-list', authority, sequence: list.value.sequence, text, storedAt: clock.now() }
}

function refuseDocument(name: string, code: string): never {
  refuse(
    'peer-refused',
    `the ${name} of the authority was not accepted (${code})`,
    'Ask the authority; until then the last accepted one counts.',
  )
}

async function fetchText(
  authority: Did,
  { path, authorization, deps }: { path: string; authorization?: string; deps: GovernanceDeps },
): Promise<string> {
  const url = `${await deps.identity.service(authority, 'TrustService')}/${path}`
  const headers = authorization === undefined ? {} : { authorization }
  const answer = await deps.http.request({ method: 'GET', url, headers, maxBytes }).catch((error: unknown) => {
    if (error instanceof HttpFailure) return undefined
    throw error
  })
  if (answer === undefined) {
    return refuse(
      'peer-unreachable',
      'the authority does not answer',
      'Check that it runs and can be reached from here.',
    )
  }
  if (answer.status !== 200) return refuseDocument(path, `status ${answer.status}`)
  return new TextDecoder().decode(answer.body).trim()
}
