import * as z from 'zod'
import { Offer, type OfferTermsInput } from '../../schemas/policy.ts'
import type { NetworkNode } from './create-network.ts'

/** The offer that the node's policy check makes of the terms. */
export async function checkedOffer(node: Pick<NetworkNode, 'api'>, terms: OfferTermsInput): Promise<Offer> {
  return (await node.api.post('/policy/check', { terms }, z.object({ offer: Offer }))).offer
}
