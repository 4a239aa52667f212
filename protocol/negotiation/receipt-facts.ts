import { type Did, isDid, type Sha256 } from '../../schemas/ids.ts'
import { ManifestId } from '../../schemas/datasets.ts'
import type { ReceiptProposal } from '../../schemas/ledger.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import { Offer } from '../../schemas/policy.ts'
import { sha256Hex } from '../canonical/hash.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { dutiesOf } from '../policy/templates.ts'

/** An agreement with a party that receipts can name: they know participants by DID. */
export type ReceiptableAgreement = AgreementRecord & { readonly peer: Did }

export function isReceiptable(record: AgreementRecord): record is ReceiptableAgreement {
  return isDid(record.peer)
}

/** The members that every receipt about an exchange under this agreement has in common (docs/spec/receipt.md). */
export function exchangeFacts(record: ReceiptableAgreement, self: Did) {
  const manifestId = ManifestId.safeParse(record.manifestId)
  return {
    exchangeId: record.id,
    provider: record.role === 'provider' ? self : record.peer,
    consumer: record.role === 'consumer' ? self : record.peer,
    agreement: { id: record.id, sha256: sha256Hex(canonicalBytes(record.agreement)) },
    manifestId: manifestId.success ? manifestId.data : null,
    offer: { sha256: offerDigest(record) },
  }
}

/** SHA-256 of the canonical form of the offer that was agreed on, as manifests bind it: without its target. */
export function offerDigest(record: Pick<AgreementRecord, 'offer'>): Sha256 {
  const { target: _, ...offer } = record.offer
  return sha256Hex(canonicalBytes(Offer.parse(offer)))
}

/** Receipt 1 of the exchange: the agreement is final. Both sides come to the same proposal. */
export function agreementProposal(record: ReceiptableAgreement, self: Did): ReceiptProposal {
  const duties = dutiesOf(record.agreement).map(({ action, by }) => (by === undefined ? { action } : { action, by }))
  return { type: 'AgreementFinalized', ...exchangeFacts(record, self), body: { duties } }
}
