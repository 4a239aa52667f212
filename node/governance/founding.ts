import type { FoundSpace, Invitation, InviteMember, IssuedInvitation } from '../../schemas/governance.ts'
import { sha256Hex, toBase64Url, utf8 } from '../../protocol/canonical/hash.ts'
import { firstRulebook, referenceOf } from '../../protocol/governance/rulebook.ts'
import { signDocument } from '../../protocol/governance/signed-document.ts'
import { instantOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { GovernanceDeps } from './operations.ts'
import { type Publisher, foundingDocuments } from './publisher.ts'

const defaultValidHours = 72

/** Makes this node the authority of a new space: rulebook version 1, and a trust list that names this node alone. */
export async function foundSpace(request: FoundSpace, deps: GovernanceDeps): Promise<void> {
  const { did, store, clock, random, signingKey, log } = deps
  const refuseSecond = () =>
    refuse('conflict', 'this node is in a space already', 'Use a node of its own for every space.')
  if ((await store.space()) !== undefined) return refuseSecond()
  const now = clock.now()
  const rulebook = firstRulebook(request, { authority: did, id: `urn:uuid:${random.uuid()}`, now })
  const text = await signDocument(rulebook, await signingKey())
  const documents = await foundingDocuments(deps, { rulebook, reference: referenceOf(rulebook, text), text })
  const space = { role: 'authority' as const, authority: did, name: request.name, since: now }
  if ((await store.enterSpace({ space, documents })) === 'conflict') return refuseSecond()
  log.info('space-founded', { authority: did })
  return undefined
}

/** A signed invitation with a code that works once. Only the hash of the code stays here. */
export async function inviteMember(
  { name, did, validHours = defaultValidHours }: InviteMember,
  { deps, published }: { deps: GovernanceDeps; published: Publisher },
): Promise<IssuedInvitation> {
  const { store, clock, random, signingKey, log } = deps
  const space = await published.authoritySpace()
  const now = clock.now()
  const expiresAt = now + Math.floor(validHours * 3_600_000)
  const code = toBase64Url(random.bytes(32))
  const expires = instantOf(expiresAt)
  const invitation: Invitation = {
    type: 'urn:tanemaki:invitation:v1',
    authority: space.authority,
    space: space.name,
    code,
    ...(did === undefined ? {} : { did }),
    expires,
  }
  const codeHash = sha256Hex(utf8(code))
  await store.saveInvitation({ codeHash, name, ...(did === undefined ? {} : { did }), expiresAt, createdAt: now })
  log.info('member-invited', { bound: did !== undefined })
  return { invitation: await signDocument(invitation, await signingKey()), expires }
}
