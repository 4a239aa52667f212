import { type Refusal, Refused } from '../../protocol/refusal.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import type { Governance } from '../governance/operations.ts'
import type { Clock } from '../ports/clock.ts'

/** A request proves the membership: the list of this node may not know yet who joined a moment ago. */
const PROOF_KEPT_MS = 60_000
/** How long what the list of members said is believed. */
const LIST_KEPT_MS = 30_000
const PEERS_KEPT = 1000

export interface MembershipDeps {
  readonly governance: Pick<Governance, 'space' | 'participants'>
  readonly clock: Clock
}

type Checked = Pick<Transfer, 'peer' | 'memberships' | 'createdAt'>

/**
 * Whether the authority still lists the consumer of a push as a member. A puller proves its membership every half hour; whoever is
 * pushed to says nothing for as long as it lasts. Memberships of other spaces hold until they run out.
 */
export function createMembershipCheck({ governance, clock }: MembershipDeps) {
  const known = new Map<string, { readonly refusal: Refusal | undefined; readonly until: number }>()
  return async ({ peer, memberships, createdAt }: Checked): Promise<Refusal | undefined> => {
    const now = clock.now()
    if (now - Date.parse(createdAt) < PROOF_KEPT_MS) return undefined
    const kept = known.get(peer)
    if (kept !== undefined && now < kept.until) return kept.refusal
    const refusal = await look(governance, { peer, memberships })
    if (known.size >= PEERS_KEPT) known.clear()
    known.set(peer, { refusal, until: now + LIST_KEPT_MS })
    return refusal
  }
}

async function look(
  governance: MembershipDeps['governance'],
  { peer, memberships }: Pick<Checked, 'peer' | 'memberships'>,
): Promise<Refusal | undefined> {
  const authority = (await governance.space())?.authority
  const concerned = memberships.some((membership) => membership.authority === authority)
  if (!concerned || peer === authority) return undefined
  const list = await governance.participants().catch((error: unknown) => {
    // The list was never here: the membership holds as it was proved.
    if (error instanceof Refused && error.refusal.code === 'unavailable') return undefined
    throw error
  })
  return list === undefined || list.some(({ did }) => did === peer) ? undefined : NOT_LISTED
}

const NOT_LISTED: Refusal = {
  code: 'policy-denied',
  detail: 'The authority no longer lists the partner as a member.',
  hint: 'Its members are in tanemaki member list.',
}
