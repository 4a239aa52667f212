import { exchangeEvidence, type PartnerSigning } from '../../protocol/ledger/exchange-evidence.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { EvidenceItem } from '../../schemas/evidence.ts'
import { isDid, type ParticipantId } from '../../schemas/ids.ts'
import type { Identity } from '../identity/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { Transfers } from '../transfer/operations.ts'
import type { Receipts } from './operations.ts'

export interface EvidenceDeps {
  readonly negotiations: Pick<Negotiations, 'get'>
  readonly transfers: Pick<Transfers, 'ofAgreement'>
  readonly receipts: Pick<Receipts, 'ofExchange'>
  readonly identity: Pick<Identity, 'service'>
}

/** What proves the exchange that a negotiation led to, and what is missing. Throws Refused `not-found`. */
export async function evidenceOfExchange(deps: EvidenceDeps, pid: string): Promise<EvidenceItem[]> {
  const process = await deps.negotiations.get(pid)
  if (process === undefined) {
    return refuse('not-found', 'there is no such exchange', 'List them: tanemaki exchange list.')
  }
  const agreement = process.state === 'FINALIZED' ? process.agreement?.['@id'] : undefined
  return exchangeEvidence(process, {
    receipts: agreement === undefined ? [] : await deps.receipts.ofExchange(agreement),
    transfers: agreement === undefined ? [] : await deps.transfers.ofAgreement(agreement),
    partner: agreement === undefined ? 'unknown' : await signingOf(deps, process.peer),
  })
}

async function signingOf({ identity }: EvidenceDeps, peer: ParticipantId): Promise<PartnerSigning> {
  if (!isDid(peer)) return 'no-did'
  try {
    await identity.service(peer, 'ReceiptService')
    return 'signs'
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return error.refusal.code === 'unsupported' ? 'no-service' : 'unknown'
  }
}
