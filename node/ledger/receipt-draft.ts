import { instantOf } from '../../protocol/instant.ts'
import { buildReceipt, proposalKey, receiptPayload } from '../../protocol/ledger/receipt.ts'
import { sha256Hex } from '../../protocol/canonical/hash.ts'
import { type Did } from '../../schemas/ids.ts'
import { RECEIPT_PAYLOAD_TYPE, type ReceiptProposal } from '../../schemas/ledger.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { ownProofs, partyOf, sealSecret, type SigningDeps } from './receipt-signing.ts'
import type { PendingReceipt, ReceiptStore } from './receipt-store.ts'

export interface DraftingDeps extends SigningDeps {
  readonly store: ReceiptStore
  readonly clock: Clock
  readonly random: Random
}

/** How long the counterpart is asked to answer, in ms: longer than any job is tried. */
const ANSWER_WITHIN = 48 * 60 * 60 * 1000

/** Puts the facts at the end of both chains and signs them; the secret is new with the first receipt of an exchange. */
export async function draftReceipt(
  deps: DraftingDeps,
  proposal: ReceiptProposal,
  counterpart: Did,
): Promise<{ pending: PendingReceipt; sealedSecret: Uint8Array | undefined }> {
  const { store, clock, random, identity } = deps
  const exchange = await store.exchangeHead(proposal.exchangeId)
  const proofs = await ownProofs(deps, exchange.id)
  const at = clock.now()
  const receipt = buildReceipt(proposal, {
    exchange,
    pair: await store.pairHead(counterpart, 'self'),
    provider: await partyOf(deps, proposal.provider),
    consumer: await partyOf(deps, proposal.consumer),
    at: instantOf(at),
    notAfter: instantOf(at + ANSWER_WITHIN),
    nonce: random.bytes(16),
    proofs: proofs.digests,
  })
  const payload = receiptPayload(receipt)
  const known = await store.sealedSecret(proposal.exchangeId)
  return {
    pending: {
      counterpart,
      id: sha256Hex(payload),
      exchangeId: proposal.exchangeId,
      seq: receipt.seq,
      factsKey: proposalKey(proposal),
      envelope: await identity.signStatement(RECEIPT_PAYLOAD_TYPE, payload),
      proofs: proofs.texts,
    },
    sealedSecret: known === undefined ? await sealSecret(deps, proposal.exchangeId, random.bytes(32)) : undefined,
  }
}
