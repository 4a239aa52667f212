import type { CredentialRequestMessage } from '../../schemas/identity.ts'
import type { MembershipSubject } from '../../schemas/governance.ts'
import { Rulebook } from '../../schemas/governance.ts'
import { sha256Hex, utf8 } from '../../protocol/canonical/hash.ts'
import { referenceOf } from '../../protocol/governance/rulebook.ts'
import { readDocument } from '../../protocol/governance/signed-document.ts'
import { signCredential } from '../../protocol/identity/credential.ts'
import { membershipType } from '../../protocol/identity/scope.ts'
import { statusEntry, statusListLength } from '../../protocol/identity/status-list.ts'
import { instantOf } from '../../protocol/instant.ts'
import { numericDate } from '../../protocol/identity/time.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Bearer } from '../identity/operations.ts'
import { membershipCredentialId } from './issuer-metadata.ts'
import type { GovernanceDeps } from './operations.ts'
import type { Publisher } from './publisher.ts'
import type { InvitationRecord, Issuance } from './store.ts'

export const deliveryQueue = 'membership-deliver'

const membershipLifetimeMs = 7 * 86_400_000
const indexAttempts = 32

interface Admission {
  readonly name: string
  readonly since: string
  readonly invitation?: InvitationRecord
}

/**
 * Accepts a credential request of DCP 1.0 §6.5 and has the credential delivered: for whoever brings an unused invitation, and for
 * active members who renew. The holder proved control of its DID with the token that brought the request.
 */
export function createIssuing(deps: GovernanceDeps, publisher: Publisher) {
  const { store } = deps
  return async (holder: Bearer, message: CredentialRequestMessage): Promise<Issuance> => {
    await publisher.authoritySpace()
    if (message.credentials.some(({ id }) => id !== membershipCredentialId)) {
      refuse(
        'invalid-request',
        'a credential is requested that this issuer does not give',
        'See the metadata of the issuer.',
      )
    }
    const known = await store.issuanceFor(holder.did, message.holderPid)
    if (known !== undefined) return known
    const admission = await decideAdmission(holder, deps)
    for (let attempt = 0; attempt < indexAttempts; attempt++) {
      const issuance = await prepare(holder, { holderPid: message.holderPid, admission, deps, publisher })
      const outcome = await commit(issuance, { admission, deps })
      if (outcome === 'committed') return issuance
    }
    return refuse('unavailable', 'the status list has no free place', 'Try again later.')
  }
}

async function decideAdmission(holder: Bearer, { store, clock }: GovernanceDeps): Promise<Admission> {
  const now = clock.now()
  const member = await store.member(holder.did)
  const code = holder.preAuthorizedCode
  if (code === undefined) {
    if (member?.state === 'active') return { name: member.name, since: member.since }
    return refuse(
      'membership-refused',
      'the requester is not a member and brings no invitation',
      'Ask the authority for an invitation.',
    )
  }
  const invitation = await store.invitation(sha256Hex(utf8(code)))
  if (invitation === undefined || (invitation.did !== undefined && invitation.did !== holder.did)) {
    return refuse(
      'invitation-invalid',
      'the invitation is unknown, or names another node',
      'Ask the authority for an invitation.',
    )
  }
  if (invitation.usedBy !== undefined) return refuseUsed()
  if (invitation.expiresAt <= now) {
    return refuse('invitation-expired', 'the invitation has expired', 'Ask the authority for a new one.')
  }
  return { name: invitation.name, since: member?.since ?? instantOf(now), invitation }
}

function refuseUsed(): never {
  refuse('invitation-used', 'the invitation has been used before', 'Ask the authority for a new one.')
}

async function prepare(
  holder: Bearer,
  request: { holderPid: string; admission: Admission; deps: GovernanceDeps; publisher: Publisher },
): Promise<Issuance> {
  const { holderPid, admission, deps, publisher } = request
  const { did, clock, random, signingKey } = deps
  const now = clock.now()
  const text = await publisher.rulebook()
  const rulebook = readDocument(text, Rulebook)
  if (!rulebook.ok) throw new Error(`the stored rulebook cannot be read: ${rulebook.code}`)
  const subject: MembershipSubject = {
    id: holder.did,
    memberName: admission.name,
    roles: ['member'],
    since: instantOf(Date.parse(admission.since)),
    rulebook: referenceOf(rulebook.value, text),
  }
  const [a = 0, b = 0, c = 0] = random.bytes(3)
  const statusIndex = ((a << 16) | (b << 8) | c) % statusListLength
  const token = await signCredential({
    key: await signingKey(),
    issuer: did,
    id: `urn:uuid:${random.uuid()}`,
    type: membershipType,
    subject,
    status: statusEntry(publisher.statusListUrl, statusIndex),
    now,
    lifetimeMs: membershipLifetimeMs,
  })
  return {
    issuerPid: random.uuid(),
    holderPid,
    holder: holder.did,
    token,
    statusIndex,
    validUntil: numericDate(now + membershipLifetimeMs) * 1000,
    state: 'received',
    ...(holder.accessToken === undefined ? {} : { echo: holder.accessToken }),
    createdAt: now,
  }
}

async function commit(
  issuance: Issuance,
  { admission, deps }: { admission: Admission; deps: GovernanceDeps },
): Promise<'committed' | 'taken'> {
  const { store, clock, log } = deps
  const { issuerPid, holder } = issuance
  const { invitation } = admission
  const outcome = await store.commitIssuance({
    issuance,
    ...(invitation === undefined ? {} : { invitation: { codeHash: invitation.codeHash, name: invitation.name } }),
    effects: { jobs: [{ queue: deliveryQueue, key: issuerPid, dedupe: issuerPid, payload: { issuerPid } }] },
    now: clock.now(),
  })
  if (outcome === 'used') return refuseUsed()
  if (outcome === 'refused') {
    return refuse('membership-refused', 'the requester is no longer a member', 'Ask the authority for an invitation.')
  }
  if (outcome === 'committed') log.info('membership-issued', { member: holder, renewal: invitation === undefined })
  return outcome
}
