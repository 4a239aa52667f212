import type { Did } from '../../schemas/ids.ts'
import type { TrustList } from '../../schemas/governance.ts'
import { millisOf } from '../instant.ts'
import { leewayMs } from '../identity/time.ts'

/** Whether a list still counts at `now` (ms). An expired list trusts nobody. */
export function trustListInForce(list: TrustList, now: number): boolean {
  return millisOf(list.issued) <= now + leewayMs && millisOf(list.expires) > now - leewayMs
}

/**
 * Whether the list lets `issuer` give credentials of every one of `types`, issued at `issuedAt` (ms). Trust is per type: an
 * issuer named for one type vouches for no other in the same credential.
 */
export function trustsIssuer(
  list: TrustList,
  { issuer, types, issuedAt }: { issuer: Did; types: readonly string[]; issuedAt: number },
): boolean {
  const retired = list.retired.some(({ did, invalidSince }) => did === issuer && issuedAt >= millisOf(invalidSince))
  if (retired || types.length === 0) return false
  const entries = list.issuers.filter(
    ({ did, from, until }) =>
      did === issuer && issuedAt >= millisOf(from) - leewayMs && (until === undefined || issuedAt < millisOf(until)),
  )
  return types.every((type) => entries.some((entry) => entry.types.includes(type)))
}
