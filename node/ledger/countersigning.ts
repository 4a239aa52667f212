import { otherRole } from '../../protocol/dsp/process.ts'
import { sha256Hex, utf8 } from '../../protocol/canonical/hash.ts'
import {
  missingPredecessor,
  proposalKey,
  type ReadReceipt,
  receiptFacts,
  refuseWrongChain,
} from '../../protocol/ledger/receipt.ts'
import { Refused, refuse } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import { type ReceiptAnswer, ReceiptRecord, ReceiptRequest } from '../../schemas/ledger.ts'
import type { Clock } from '../ports/clock.ts'
import type { ReceiptExpectations } from './operations.ts'
import { filingDraft } from './receipt-filing.ts'
import {
  checkProofs,
  commitmentLeaf,
  countersigned,
  decodeSecret,
  openSecret,
  ownProofs,
  partyOf,
  receiptIn,
  sealSecret,
  signedBy,
  type SigningDeps,
} from './receipt-signing.ts'
import type { ReceiptStore } from './receipt-store.ts'

export interface CountersigningDeps extends SigningDeps {
  readonly store: ReceiptStore
  readonly clock: Clock
  readonly expectations: ReceiptExpectations
}

/** How far the clocks of two parties may differ, in ms. */
const SKEW = 300_000

/** Checks a proposal and signs it; docs/spec/receipt.md §5 has the order of the checks. */
export async function countersign(deps: CountersigningDeps, proposer: Did, body: unknown): Promise<ReceiptAnswer> {
  const request = parseRequest(body)
  const read = receiptIn(request.envelope) ?? refuse('invalid-request', 'the envelope holds no receipt', tryOther)
  checkRoles(deps, read, proposer)
  const known = await deps.store.byId(read.id)
  if (known !== undefined) return { envelope: known.envelope, proofs: (await ownProofs(deps, read.receipt.prev)).texts }
  await checkSignature(deps, read, request)
  checkTime(deps, read)
  await checkChain(deps, read, proposer)
  const secret = await secretOf(deps, read, request)
  const proofs = await proofsOf(deps, read, { request, secret, proposer })
  const facts = receiptFacts(read.receipt)
  const refusal = await deps.expectations[read.receipt.type](facts, proposer)
  if (refusal !== undefined)
    throw new Refused({ ...refusal, code: refusal.code === 'conflict' ? 'conflict' : 'receipt-refused' })
  const record = ReceiptRecord.parse({
    id: read.id,
    exchangeId: read.receipt.exchangeId,
    type: read.receipt.type,
    state: 'co-signed',
    receipt: read.receipt,
    envelope: await countersigned(deps, request.envelope),
  })
  const document = await deps.identity.resolve(proposer)
  const sealedSecret = await sealSecret(deps, record.exchangeId, secret)
  const result = await deps.store.record(
    {
      record,
      counterpart: proposer,
      proposer: 'counterpart',
      factsKey: proposalKey(facts),
      sealedSecret,
      proofs,
      document,
    },
    { leaves: [commitmentLeaf(deps, record, secret)], jobs: [filingDraft(record.exchangeId)] },
  )
  if (result === 'conflict') refuse('conflict', 'another receipt came between', 'Propose the receipt again.')
  return { envelope: record.envelope, proofs: (await ownProofs(deps, read.receipt.prev)).texts }
}

const tryOther = 'Send the receipt as docs/spec/receipt.md describes it.'

function parseRequest(body: unknown): ReceiptRequest {
  const parsed = ReceiptRequest.safeParse(body)
  if (parsed.success) return parsed.data
  return refuse('invalid-request', 'the request is not a proposal of a receipt', tryOther)
}

function checkRoles({ identity }: CountersigningDeps, { receipt }: ReadReceipt, proposer: Did): void {
  const mine = otherRole(receipt.proposer)
  if (receipt[receipt.proposer].did !== proposer || receipt[mine].did !== identity.did)
    refuse('receipt-refused', 'the receipt is not between the caller and this node', tryOther)
}

async function checkSignature(
  deps: CountersigningDeps,
  { receipt }: ReadReceipt,
  request: ReceiptRequest,
): Promise<void> {
  for (const party of [receipt.provider, receipt.consumer]) {
    const published = await partyOf(deps, party.did)
    if (published.keyId !== party.keyId || published.log !== party.log)
      refuse('receipt-refused', 'the receipt names another key or log than the DID document of the party', tryOther)
  }
  const single = request.envelope.signatures.length === 1
  if (!single || !(await signedBy(deps, request.envelope, receipt[receipt.proposer])))
    refuse('receipt-refused', 'the receipt is not signed by the proposer alone', tryOther)
}

function checkTime({ clock }: CountersigningDeps, { receipt }: ReadReceipt): void {
  const now = clock.now()
  if (Date.parse(receipt.at) > now + SKEW || Date.parse(receipt.notAfter) < now)
    refuse(
      'receipt-refused',
      'the receipt lies in the future or its time to answer is over',
      'Check the clock and propose again.',
    )
}

async function checkChain({ store }: CountersigningDeps, { receipt }: ReadReceipt, proposer: Did): Promise<void> {
  const exchange = await store.exchangeHead(receipt.exchangeId)
  const pair = await store.pairHead(proposer, 'counterpart')
  const wrong = refuseWrongChain(receipt, { exchange, pair })
  if (wrong !== undefined) throw new Refused(wrong)
  const pending = await store.pending(proposer)
  const crossing = pending?.exchangeId === receipt.exchangeId && pending.seq === receipt.seq
  if (crossing && receipt.proposer === 'consumer')
    refuse(
      'conflict',
      'this node has proposed a receipt in the same place',
      'The provider goes first; propose again after it.',
    )
  const earlier = (await store.ofExchange(receipt.exchangeId)).filter(({ state }) => state !== 'refused')
  const missing = missingPredecessor(
    receiptFacts(receipt),
    earlier.map(({ receipt }) => receipt),
  )
  if (missing !== undefined)
    refuse('conflict', `there is no ${missing} receipt yet`, 'Propose the receipt again after it.')
}

async function secretOf(
  deps: CountersigningDeps,
  { receipt }: ReadReceipt,
  request: ReceiptRequest,
): Promise<Uint8Array> {
  const sealed = await deps.store.sealedSecret(receipt.exchangeId)
  if (sealed !== undefined) return openSecret(deps, receipt.exchangeId, sealed)
  const given = request.exchangeSecret === undefined ? undefined : decodeSecret(request.exchangeSecret)
  return given ?? refuse('receipt-refused', 'the first receipt must bring the secret of the exchange', tryOther)
}

async function proofsOf(
  deps: CountersigningDeps,
  { receipt }: ReadReceipt,
  { request, secret, proposer }: { request: ReceiptRequest; secret: Uint8Array; proposer: Did },
) {
  const digests = request.proofs.map((text) => sha256Hex(utf8(text)))
  const named = receipt.proofs.map(({ sha256 }) => sha256)
  const previous = receipt.prev === null ? undefined : await deps.store.byId(receipt.prev)
  const checked =
    digests.join() === named.join()
      ? await checkProofs(deps, request.proofs, { counterpart: proposer, receipt: previous, secret })
      : undefined
  return (
    checked ?? refuse('receipt-refused', 'a proof does not show the previous receipt in the log it names', tryOther)
  )
}
