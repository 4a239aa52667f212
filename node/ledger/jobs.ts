import { otherRole } from '../../protocol/dsp/process.ts'
import * as z from 'zod'
import { samePayload } from '../../protocol/canonical/dsse.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { isNextInExchange, missingPredecessor, proposalKey, proposerRole } from '../../protocol/ledger/receipt.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import {
  type DsseEnvelope,
  RECEIPT_QUEUE,
  ReceiptAnswer,
  ReceiptProposal,
  ReceiptRecord,
  type ReceiptRequest,
  type ReceiptState,
} from '../../schemas/ledger.ts'
import type { Blobs } from '../ports/blobs.ts'
import { type HttpClient, HttpFailure, type HttpResponse } from '../ports/http-client.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { draftReceipt, type DraftingDeps } from './receipt-draft.ts'
import { checkProofs, commitmentLeaf, encodeSecret, openSecret, receiptIn, signedBy } from './receipt-signing.ts'
import { FILING_QUEUE, filingDraft } from './receipt-filing.ts'
import type { PendingReceipt, ReceiptStore } from './receipt-store.ts'

export interface ProposingDeps extends DraftingDeps {
  readonly http: HttpClient
  readonly log: Logger
}

export interface FilingDeps {
  readonly store: Pick<ReceiptStore, 'ofExchange'>
  readonly blobs: Pick<Blobs, 'write'>
  /** Folders of the complete copies that came with the exchange. */
  readonly copyFolders: (exchangeId: string) => Promise<readonly string[]>
}

/** Receipts with one counterpart go out one after the other, because each names the one before it. */
const EXCHANGE_QUEUE = 'receipt-exchange'

const done: JobOutcome = { kind: 'done' }
const again = (error: string): JobOutcome => ({ kind: 'retry', error })
/** For what the other party is about to do: sooner than after a failure, and slowing down. */
const soon = (error: string, attempt: number): JobOutcome => ({
  kind: 'retry',
  error,
  afterMs: Math.min(100 * attempt, 10_000),
})

/** Jobs that make receipts: `receipt-propose` waits for what must be signed before, `receipt-exchange` gets the signature. */
export function receiptJobs(deps: ProposingDeps): JobHandler[] {
  return [
    { queue: RECEIPT_QUEUE, run: (payload, { attempt }) => propose(deps, ReceiptProposal.parse(payload), attempt) },
    { queue: EXCHANGE_QUEUE, run: (payload, { attempt }) => exchange(deps, ReceiptProposal.parse(payload), attempt) },
  ]
}

/** Puts the receipts of an exchange beside its copies, whenever one was added. */
export function filingJob(deps: FilingDeps): JobHandler {
  return {
    queue: FILING_QUEUE,
    run: async (payload) => {
      const { exchangeId } = z.object({ exchangeId: z.string() }).parse(payload)
      const receipts = await deps.store.ofExchange(exchangeId)
      for (const folder of await deps.copyFolders(exchangeId)) {
        for (const { receipt, envelope, state } of receipts) {
          if (state === 'refused') continue
          await deps.blobs.write(`${folder}/receipts/${receipt.seq}.dsse.json`, canonicalBytes(envelope))
        }
      }
      return done
    },
  }
}

function counterpartOf({ identity }: ProposingDeps, proposal: ReceiptProposal): Did | undefined {
  const role = proposerRole(proposal.type)
  return proposal[role] === identity.did ? proposal[otherRole(role)] : undefined
}

async function propose(deps: ProposingDeps, proposal: ReceiptProposal, attempt: number): Promise<JobOutcome> {
  const counterpart = counterpartOf(deps, proposal)
  const factsKey = proposalKey(proposal)
  if (counterpart === undefined || (await deps.store.hasFacts(factsKey))) return done
  const earlier = (await deps.store.ofExchange(proposal.exchangeId)).filter(({ state }) => state !== 'refused')
  const missing = missingPredecessor(
    proposal,
    earlier.map(({ receipt }) => receipt),
  )
  if (missing !== undefined && (await serviceOf(deps, counterpart)) !== undefined)
    return soon(`there is no ${missing} receipt yet`, attempt)
  await deps.store.enqueue({
    jobs: [{ queue: EXCHANGE_QUEUE, key: counterpart, payload: proposal, dedupe: factsKey }],
  })
  return done
}

/** URL of the counterpart's receipt service; undefined when it has none. */
async function serviceOf({ identity }: ProposingDeps, counterpart: Did): Promise<string | undefined> {
  try {
    return await identity.service(counterpart, 'ReceiptService')
  } catch (error) {
    if (error instanceof Refused && error.refusal.code === 'unsupported') return undefined
    throw error
  }
}

async function exchange(deps: ProposingDeps, proposal: ReceiptProposal, attempt: number): Promise<JobOutcome> {
  const counterpart = counterpartOf(deps, proposal)
  const factsKey = proposalKey(proposal)
  if (counterpart === undefined) return done
  const service = await serviceOf(deps, counterpart)
  const waiting = await deps.store.pending(counterpart)
  if (waiting !== undefined && (await isCurrent(deps, waiting))) {
    const outcome = await settlePending(deps, waiting, { service, attempt })
    if (outcome.kind !== 'done') return outcome
  } else if (waiting !== undefined) {
    await deps.store.dropPending(waiting.id)
  }
  if (await deps.store.hasFacts(factsKey)) return done
  const { pending, sealedSecret } = await draftReceipt(deps, proposal, counterpart)
  await deps.store.savePending(pending, sealedSecret)
  return settlePending(deps, pending, { service, attempt })
}

/**
 * Whether a proposal still continues its exchange. When it does not, the counterpart's own receipt took its place, and the
 * counterpart cannot have signed both.
 */
async function isCurrent({ store }: ProposingDeps, pending: PendingReceipt): Promise<boolean> {
  const receipt = receiptIn(pending.envelope)?.receipt
  return receipt !== undefined && isNextInExchange(receipt, await store.exchangeHead(pending.exchangeId))
}

async function settlePending(
  deps: ProposingDeps,
  pending: PendingReceipt,
  { service, attempt }: { service: string | undefined; attempt: number },
): Promise<JobOutcome> {
  if (service === undefined) return keep(deps, pending, { state: 'single', envelope: pending.envelope, proofs: [] })
  const answer = await send(deps, pending, service)
  if (answer.kind === 'retry') return again(answer.error)
  if (answer.kind === 'not-yet') return soon('the counterpart is not ready for this receipt', attempt)
  if (answer.kind === 'refused') {
    deps.log.warn('receipt-refused', { receipt: pending.id, status: answer.status })
    return keep(deps, pending, { state: 'refused', envelope: pending.envelope, proofs: [] })
  }
  const { envelope, proofs } = answer.value
  const read = receiptIn(envelope)
  const complete =
    read !== undefined &&
    envelope.signatures.length === 2 &&
    samePayload(envelope, pending.envelope) &&
    (await signedBy(deps, envelope, read.receipt.provider)) &&
    (await signedBy(deps, envelope, read.receipt.consumer))
  if (!complete) return again('the answer is not the receipt with both signatures')
  return keep(deps, pending, { state: 'co-signed', envelope, proofs })
}

type Sent =
  | { readonly kind: 'answer'; readonly value: ReceiptAnswer }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'not-yet' }
  | { readonly kind: 'retry'; readonly error: string }

async function send(deps: ProposingDeps, pending: PendingReceipt, service: string): Promise<Sent> {
  const sealed = await deps.store.sealedSecret(pending.exchangeId)
  const first = pending.seq === 1 && sealed !== undefined
  const secret = first ? encodeSecret(await openSecret(deps, pending.exchangeId, sealed)) : undefined
  const body: ReceiptRequest = {
    envelope: pending.envelope,
    proofs: [...pending.proofs],
    ...(secret === undefined ? {} : { exchangeSecret: secret }),
  }
  const authorization = await deps.identity.authorizationFor(pending.counterpart)
  try {
    const response = await deps.http.request({
      method: 'POST',
      url: service,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: 10_000,
    })
    return readAnswer(response)
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: 'retry', error: 'the counterpart did not answer' }
    throw error
  }
}

/** Statuses by which the counterpart says that it will never sign this receipt. */
const FINAL = new Set([400, 413, 422])

function readAnswer({ status, body }: HttpResponse): Sent {
  if (FINAL.has(status)) return { kind: 'refused', status }
  if (status === 409) return { kind: 'not-yet' }
  if (status !== 200) return { kind: 'retry', error: `the counterpart answered ${status}` }
  const answer = ReceiptAnswer.safeParse(readStrictJson(body))
  return answer.success
    ? { kind: 'answer', value: answer.data }
    : { kind: 'retry', error: 'the answer is not the answer of a receipt service' }
}

/** Records the receipt with its commitment; a refused one without, since it is no part of any chain. */
async function keep(
  deps: ProposingDeps,
  pending: PendingReceipt,
  outcome: { readonly state: ReceiptState; readonly envelope: DsseEnvelope; readonly proofs: readonly string[] },
): Promise<JobOutcome> {
  const { state, envelope } = outcome
  const { counterpart, exchangeId, factsKey, id } = pending
  const receipt = receiptIn(envelope)?.receipt
  const sealed = await deps.store.sealedSecret(exchangeId)
  if (receipt === undefined || sealed === undefined)
    return { kind: 'dead', error: 'the pending receipt cannot be read' }
  const secret = await openSecret(deps, exchangeId, sealed)
  const record = ReceiptRecord.parse({ id, exchangeId, type: receipt.type, state, receipt, envelope })
  const previous = receipt.prev === null ? undefined : await deps.store.byId(receipt.prev)
  const proofs = await checkProofs(deps, outcome.proofs, { counterpart, receipt: previous, secret })
  if (proofs === undefined) deps.log.warn('receipt-proof-wrong', { receipt: id })
  const document = await deps.identity.resolve(counterpart)
  const leaves = state === 'refused' ? [] : [commitmentLeaf(deps, record, secret)]
  const result = await deps.store.record(
    { record, counterpart, proposer: 'self', factsKey, proofs: proofs ?? [], document },
    { leaves, jobs: [filingDraft(exchangeId)] },
  )
  if (result === 'conflict') return again('another receipt came between')
  deps.log.info('receipt-kept', { receipt: id, type: record.type, state })
  return done
}
