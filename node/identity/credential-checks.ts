import type { Did } from '../../schemas/ids.ts'
import { trustListInForce, trustsIssuer } from '../../protocol/governance/trust-list.ts'
import type { CredentialContext } from '../../protocol/identity/credential.ts'
import type { Clock } from '../ports/clock.ts'
import type { TrustSource } from './operations.ts'
import type { DidResolver } from './resolver.ts'
import type { StatusLists } from './status-lists.ts'

/** An issuer that does not answer is taken at its last word for as long as its status list is; a holder never is. */
const issuerStaleMs = 900_000

/** What verification of credentials needs of this node: documents, status lists, and who is trusted now. */
export interface CredentialChecks {
  /** Credentials of the requested types about `holder`, trusted by the trust list in force. */
  contextFor(request: { holder: Did; requested: readonly string[] }): Promise<CredentialContext>
  /** Credentials about `holder` that exactly this issuer may give. */
  contextForIssuer(request: { holder: Did; requested: readonly string[]; issuer: Did }): CredentialContext
  /** Sequence of the trust list in force; 0 when there is none. */
  trustVersion(): Promise<number>
}

export function createCredentialChecks(deps: {
  readonly clock: Clock
  readonly trust: TrustSource
  readonly resolver: DidResolver
  readonly statusLists: StatusLists
}): CredentialChecks {
  const { clock, trust, resolver, statusLists } = deps
  const listInForce = async () => {
    const list = await trust.trustList()
    return list !== undefined && trustListInForce(list, clock.now()) ? list : undefined
  }
  const common = (holder: Did) => ({
    now: clock.now(),
    documentOf: (did: Did, kid: string | undefined) =>
      resolver.resolveForKey(did, kid, did === holder ? {} : { staleMs: issuerStaleMs }).catch(() => undefined),
    statusList: (url: string, issuer: Did) => statusLists.get(url, issuer),
  })
  return {
    contextFor: async ({ holder, requested }) => {
      const list = await listInForce()
      return {
        ...common(holder),
        holder,
        requested,
        trusts: (issuer, types, issuedAt) => list !== undefined && trustsIssuer(list, { issuer, types, issuedAt }),
      }
    },
    contextForIssuer: ({ holder, requested, issuer }) => ({
      ...common(holder),
      holder,
      requested,
      trusts: (candidate) => candidate === issuer,
    }),
    trustVersion: async () => (await listInForce())?.sequence ?? 0,
  }
}
