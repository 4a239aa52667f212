import { checkOffer } from '../../protocol/policy/check.ts'
import { evaluatePolicy, type PolicyContext } from '../../protocol/policy/evaluate.ts'
import { checkInherited } from '../../protocol/policy/inherit.ts'
import { writeOffer } from '../../protocol/policy/templates.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { CatalogDeps, Catalogs } from './operations.ts'
import { createRemoteCatalogs } from './remote-catalogs.ts'

/** What would be decided, before anyone asks. */
export function createForecasts(
  deps: CatalogDeps,
): Pick<Catalogs, 'explain' | 'explainOwn' | 'checkTerms' | 'checkOffer'> {
  const { datasets, governance, identity, clock, random } = deps
  const remote = createRemoteCatalogs(deps)
  const forecast = async (
    offers: readonly Offer[],
    facts: Pick<PolicyContext, 'recipient' | 'memberships' | 'purpose'>,
  ) => {
    const { operands } = await governance.rulebook()
    const context = { ...facts, use: 1, operands }
    const now = clock.now()
    return offers.map((offer) => ({
      offerId: offer['@id'],
      decision: evaluatePolicy(offer, { ...context, scope: 'negotiation' }, now),
      derivation: evaluatePolicy(offer, { ...context, scope: 'derivation' }, now),
    }))
  }
  const check: Catalogs['checkOffer'] = async (offer, inherited) => {
    const refusal =
      checkOffer(offer, await governance.rulebook(), clock.now()) ??
      (inherited === undefined ? undefined : checkInherited(offer, inherited))
    if (refusal !== undefined) throw new Refused(refusal)
    return offer
  }
  return {
    explain: async ({ provider, dataset, purpose }) => {
      const { offers } = await remote.show(provider, dataset)
      const membership = await governance.membership()
      const memberships = membership?.state === 'active' ? [membership.authority] : []
      return forecast(offers, { recipient: identity.did, memberships, ...(purpose === undefined ? {} : { purpose }) })
    },
    explainOwn: async ({ dataset, partner, purpose }) => {
      const record = await datasets.find(dataset)
      const { authority } = await governance.rulebook()
      const listed = async () => (await governance.participants()).some((participant) => participant.did === partner)
      if (!(await listed())) await governance.refresh()
      const member = await listed()
      const memberships = member ? [authority] : []
      return forecast(record.offers, { recipient: partner, memberships, ...(purpose === undefined ? {} : { purpose }) })
    },
    checkTerms: async (terms, inherited) => {
      const rulebook = await governance.rulebook()
      const setting = { id: `urn:uuid:${random.uuid()}`, rulebook, now: clock.now() }
      return check(writeOffer(terms, { ...setting, latestDeletion: inherited?.deleteBy }), inherited)
    },
    checkOffer: check,
  }
}
