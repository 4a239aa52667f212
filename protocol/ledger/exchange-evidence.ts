import type { EvidenceItem } from '../../schemas/evidence.ts'
import type { ReceiptRecord, ReceiptState, ReceiptType } from '../../schemas/ledger.ts'
import type { Negotiation } from '../../schemas/negotiation.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import { proposerRole } from './receipt.ts'

/** Whether the partner can sign receipts. unknown: its DID document cannot be had now. */
export type PartnerSigning = 'signs' | 'no-did' | 'no-service' | 'unknown'

export interface KnownOfExchange {
  /** All receipts of the exchange, refused ones too. */
  readonly receipts: readonly ReceiptRecord[]
  /** All transfers under the agreement. */
  readonly transfers: readonly Transfer[]
  readonly partner: PartnerSigning
}

/** Everything that proves an exchange, in the order in which it comes about, each with why it is not there. */
export function exchangeEvidence(process: Negotiation, known: KnownOfExchange): EvidenceItem[] {
  const agreement = agreementItem(process)
  if (agreement.state !== 'held') return [agreement]
  const receipt = receiptReader(process, known)
  const first: EvidenceItem[] = [agreement, manifestItem(process), receipt('AgreementFinalized')]
  if (known.transfers.length === 0) {
    const reason = 'No transfer was asked for.'
    return [...first, notYet('TransferStarted', reason), notYet('TransferCompleted', reason)]
  }
  return [...first, ...known.transfers.flatMap((transfer) => transferItems(transfer, receipt))]
}

function notYet(evidence: EvidenceItem['evidence'], reason: string, transferId?: string): EvidenceItem {
  return { evidence, state: 'not-yet', reason, ...(transferId === undefined ? {} : { transferId }) }
}

function agreementItem({ state, agreement }: Negotiation): EvidenceItem {
  if (state === 'TERMINATED') return { evidence: 'agreement', state: 'missing', reason: 'The negotiation was ended.' }
  if (state !== 'FINALIZED' || agreement === undefined) return notYet('agreement', `The negotiation is ${state}.`)
  return { evidence: 'agreement', state: 'held', id: agreement['@id'] }
}

function manifestItem({ manifestId, role }: Negotiation): EvidenceItem {
  if (manifestId !== undefined) return { evidence: 'manifest', state: 'held', id: manifestId }
  const reason =
    role === 'consumer'
      ? 'The provider binds none, so nothing that arrives could be verified.'
      : 'The dataset had none when it was agreed on.'
  return { evidence: 'manifest', state: 'missing', reason }
}

type ReceiptReader = (type: ReceiptType, transferId?: string) => EvidenceItem

const SIGNED: Readonly<Record<ReceiptState, EvidenceItem['state']>> = {
  'co-signed': 'co-signed',
  single: 'one-sided',
  refused: 'refused',
}

function receiptReader({ role }: Negotiation, { receipts, partner }: KnownOfExchange): ReceiptReader {
  return (type, transferId) => {
    const about = transferId === undefined ? {} : { transferId }
    const found = receipts.find(
      ({ receipt }) =>
        receipt.type === type && (!('transferId' in receipt.body) || receipt.body.transferId === transferId),
    )
    if (found === undefined) {
      return { evidence: type, state: 'missing', ...about, reason: whyMissing(partner, proposerRole(type) === role) }
    }
    const item = { evidence: type, state: SIGNED[found.state], id: found.id, ...about } as const
    if (found.state === 'refused') return { ...item, reason: 'The partner would not sign it.' }
    return found.state === 'single' ? { ...item, reason: WHY['no-service'] } : item
  }
}

const WHY = {
  'no-did': 'The partner is not named by a DID, so no receipt can name it.',
  'no-service': 'The partner offers no ReceiptService.',
  unknown: 'The DID document of the partner cannot be had now.',
} as const

function whyMissing(partner: PartnerSigning, own: boolean): string {
  if (partner !== 'signs') return WHY[partner]
  return own ? 'The partner has not signed it yet.' : 'The partner has not proposed it yet.'
}

function transferItems(transfer: Transfer, receipt: ReceiptReader): EvidenceItem[] {
  const { role, pid, peerPid, state } = transfer
  const id = role === 'provider' ? pid : peerPid
  const wait = (type: ReceiptType, reason: string) => notYet(type, reason, id)
  const start = receipt('TransferStarted', id)
  const end = receipt('TransferCompleted', id)
  const missing = { start: start.state === 'missing', end: end.state === 'missing' }
  return [
    missing.start && !hasStarted(transfer) ? wait('TransferStarted', 'The transfer has not started.') : start,
    missing.end && state !== 'COMPLETED'
      ? wait('TransferCompleted', state === 'TERMINATED' ? 'The transfer was ended.' : 'The transfer is not complete.')
      : end,
  ]
}

function hasStarted({ state, use, dataAddress }: Transfer): boolean {
  if (state === 'TERMINATED') return use !== undefined || dataAddress !== undefined
  return state !== 'INITIAL' && state !== 'REQUESTED'
}
