import { Invitation, type Membership } from '../../schemas/governance.ts'
import { readDocument } from '../../protocol/governance/signed-document.ts'
import { membershipType } from '../../protocol/identity/scope.ts'
import { instantOf, millisOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { GovernanceDeps } from './operations.ts'
import { fetchSpaceDocuments, verifyInvitation } from './space-documents.ts'

/**
 * Joins the space of an invitation: the invitation verified, the space's trust list and rulebook verified and pinned, the
 * membership requested with the invitation's code and delivered.
 */
export async function joinSpace(text: string, deps: GovernanceDeps): Promise<Membership> {
  const { did, store, clock, wallet, log } = deps
  const read = readDocument(text.trim(), Invitation)
  if (!read.ok)
    return refuse('invitation-invalid', 'this is not an invitation', 'Copy the whole text that the authority gave you.')
  const { authority, space, expires } = read.value
  if (millisOf(expires) <= clock.now()) {
    return refuse('invitation-expired', 'the invitation has expired', 'Ask the authority for a new one.')
  }
  if (read.value.did !== undefined && read.value.did !== did) {
    return refuse('invitation-invalid', 'the invitation names another node', `Ask for an invitation for ${did}.`)
  }
  await refuseSecondSpace(read.value, deps)
  const invitation = await verifyInvitation(text.trim(), { authority, deps })
  const documents = await fetchSpaceDocuments(authority, deps)
  const entered = await store.enterSpace({
    space: { role: 'member', authority, name: space, since: clock.now() },
    documents,
  })
  if (entered === 'conflict') return refuseOwnSpace()
  await wallet.obtain({ issuer: authority, type: membershipType, preAuthorizedCode: invitation.code })
  log.info('space-joined', { authority })
  return (await membershipOf(deps)) ?? refuse('unavailable', 'the membership was not stored', 'Join again.')
}

function refuseOwnSpace(): never {
  refuse('conflict', 'this node is the authority of a space', 'Join with another node.')
}

/** A node is in one space; it may leave a space whose membership it never got or that has ended. */
async function refuseSecondSpace({ authority }: Invitation, deps: GovernanceDeps): Promise<void> {
  const space = await deps.store.space()
  if (space?.role === 'authority') return refuseOwnSpace()
  if (space === undefined || space.authority === authority) return undefined
  if ((await membershipOf(deps))?.state !== 'active') return undefined
  return refuse('conflict', 'this node is a member of another space', 'Use a node of its own for every space.')
}

/** This node's own membership; undefined for an authority and for a node in no space. */
export async function membershipOf({ store, wallet, clock }: GovernanceDeps): Promise<Membership | undefined> {
  const space = await store.space()
  if (space?.role !== 'member') return undefined
  const { authority, name } = space
  const held = await wallet.newest(membershipType, authority)
  if (held === undefined) return { state: 'pending', authority, space: name }
  const state = held.validUntil > clock.now() ? 'active' : 'expired'
  return { state, authority, space: name, validUntil: instantOf(held.validUntil) }
}
