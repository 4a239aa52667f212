import * as z from 'zod'
import { datasetRoot } from '../../protocol/datasets/manifest.ts'
import { instantOf } from '../../protocol/instant.ts'
import { exchangeFacts, isReceiptable } from '../../protocol/negotiation/receipt-facts.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { CopyFailure, CopyRecord } from '../../schemas/copies.ts'
import { isDid, ONE_LINE } from '../../schemas/ids.ts'
import { RECEIPT_QUEUE, ReceiptProposal, type TransferCompletedFacts } from '../../schemas/ledger.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { JobContext, JobDraft, JobHandler, JobOutcome } from '../ports/queue.ts'
import { type CopiesDeps, copyFolder, growingFolder } from './copies-deps.ts'
import type { StoredCopy } from './copies-store.ts'
import { pullDocuments } from './pull-documents.ts'
import { manifestRefused, PullEnded, PullPaused } from './pull-ending.ts'
import { type AccessHolder, pullFile } from './pull-files.ts'
import { pullUnsigned } from './pull-unsigned.ts'
import type { PullProgressBoard } from './pull-progress.ts'

export const PULL_QUEUE = 'pull'
const PullJob = z.object({ copyId: z.uuid() })
const PULL_DEADLINE_MS = 14 * 24 * 3_600_000
const RETRY_MS = { provider: 1000, network: 2000, 'disk-space': 2000 } as const

/** Brings a copy in, however often it is interrupted: every step finds what the one before it left on disk. */
export function pullJob(deps: CopiesDeps, board: PullProgressBoard): JobHandler {
  return {
    queue: PULL_QUEUE,
    concurrency: 2,
    deadlineMs: PULL_DEADLINE_MS,
    run: async (payload, context) => {
      const { copyId } = PullJob.parse(payload)
      const outcome = await pullCopy({ deps, board, context }, copyId)
      if (outcome.kind !== 'retry') board.done(copyId)
      return outcome
    },
  }
}

interface Pulling {
  readonly deps: CopiesDeps
  readonly board: PullProgressBoard
  readonly context: JobContext
}

async function pullCopy(pulling: Pulling, copyId: string): Promise<JobOutcome> {
  const { deps } = pulling
  const stored = await deps.store.get(copyId)
  const agreement = stored === undefined ? undefined : await deps.negotiations.agreement(stored.record.agreementId)
  if (stored === undefined || agreement === undefined)
    return { kind: 'dead', error: 'the copy or its agreement is gone' }
  try {
    if (stored.record.state === 'pulling') await bring(pulling, stored, agreement)
  } catch (error) {
    if (pulling.context.signal.aborted) throw error
    const ended = endingOf(error)
    if (ended instanceof PullPaused) return pausedOutcome(pulling, stored.record, ended)
    await endFailed(deps, { stored, agreement }, ended.failure)
  }
  return tellProvider(deps, copyId)
}

/** What an error means for the pull; errors that mean nothing for it go on to the queue, which tries again. */
function endingOf(error: unknown): PullEnded | PullPaused {
  if (error instanceof PullEnded || error instanceof PullPaused) return error
  if (!(error instanceof Refused)) throw error
  const { code, detail } = error.refusal
  if (code === 'disk-full') return new PullPaused('disk-space', detail)
  if (code === 'peer-unreachable' || code === 'unavailable') return new PullPaused('network', detail)
  if (code === 'transfer-not-running') return new PullPaused('provider', detail)
  return new PullEnded({ code: 'access-ended', detail })
}

function pausedOutcome({ board, deps }: Pulling, record: CopyRecord, { waiting, message }: PullPaused): JobOutcome {
  const { verified, received, total, waiting: before } = board.latest(record)
  board.post(record.id, { verified, received, total, waiting })
  if (waiting !== before) deps.log.info('pull-paused', { copy: record.id, waiting })
  return { kind: 'retry', error: message, afterMs: RETRY_MS[waiting] }
}

async function bring(pulling: Pulling, stored: StoredCopy, agreement: AgreementRecord): Promise<void> {
  const { deps } = pulling
  const { id } = stored.record
  if ((await deps.blobs.list(copyFolder(id))).length === 0) {
    await (stored.record.manifestId === undefined ? bringUnsigned : bringSigned)(pulling, stored, agreement)
    await deps.blobs.move(growingFolder(id), copyFolder(id))
    await deps.blobs.remove(`pulling/${id}`)
  }
  const arrived = await deps.store.get(id)
  if (arrived === undefined) return
  await endComplete(deps, arrived, agreement)
}

async function bringSigned(pulling: Pulling, stored: StoredCopy, agreement: AgreementRecord): Promise<void> {
  const { deps } = pulling
  const { id, provider, datasetId, manifestId } = stored.record
  if (manifestId === undefined || !isDid(provider)) throw manifestRefused('the provider binds no manifest')
  const source = { provider, datasetId, manifestId, folder: growingFolder(id) }
  const { predicate } = await pullDocuments(deps, source, agreement)
  const described = await describe(deps, stored, predicate)
  await bringFiles(pulling, described.record)
}

async function bringUnsigned(pulling: Pulling, stored: StoredCopy, agreement: AgreementRecord): Promise<void> {
  const { deps, board, context } = pulling
  const { record: copy } = stored
  const file = await pullUnsigned(deps, accessOf(pulling, copy), {
    copy,
    agreement,
    signal: context.signal,
    onProgress: ({ have, received, total = 0 }) =>
      board.post(copy.id, { verified: have, received, total, resource: 'data' }),
  })
  await keep(deps, stored, { ...copy, unsigned: [file], size: file.size })
}

async function keep(deps: CopiesDeps, { revision }: StoredCopy, record: CopyRecord): Promise<StoredCopy> {
  if ((await deps.store.change({ record, revision })) === 'committed') return { record, revision: revision + 1 }
  throw new PullPaused('provider', 'the copy was changed at the same time')
}

type Predicate = Awaited<ReturnType<typeof pullDocuments>>['predicate']

/** A name that fits a list; others are left out for the short name of the manifest. */
const Named = z.object({ name: z.string().min(1).max(300).regex(ONE_LINE) })

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw manifestRefused('the description that the manifest binds is not JSON')
  }
}

/** Puts into the record what the manifest says, so that progress can be shown. */
async function describe(deps: CopiesDeps, stored: StoredCopy, predicate: Predicate): Promise<StoredCopy> {
  const { resources } = predicate
  const description = jsonOf(await deps.blobs.read(`${growingFolder(stored.record.id)}/croissant.json`))
  const record: CopyRecord = {
    ...stored.record,
    title: Named.safeParse(description).data?.name ?? predicate.name,
    resources,
    size: resources.reduce((sum, resource) => sum + resource.size, 0),
    records: resources.reduce((sum, resource) => sum + resource.records, 0),
  }
  return keep(deps, stored, record)
}

async function bringFiles(pulling: Pulling, copy: CopyRecord): Promise<void> {
  const { deps, board, context } = pulling
  const access = accessOf(pulling, copy)
  let before = { verified: 0, received: 0 }
  for (const resource of copy.resources) {
    let latest = before
    const onProgress = ({ verified, received }: { verified: number; received: number }) => {
      latest = { verified: before.verified + verified, received: before.received + received }
      board.post(copy.id, { ...latest, total: copy.size, resource: resource.name })
    }
    await pullFile(deps, access, { copy, resource, signal: context.signal, onProgress })
    before = { verified: before.verified + resource.size, received: latest.received }
  }
}

function accessOf({ deps, board, context }: Pulling, copy: CopyRecord): AccessHolder {
  const { transfers } = deps
  let known: ReturnType<AccessHolder['current']> | undefined
  return {
    current: () => (known ??= transfers.dataAddress(copy.transferId, context.signal)),
    renew: () => {
      const { verified, received, total } = board.latest(copy)
      board.post(copy.id, { verified, received, total, waiting: 'provider' })
      return (known = transfers.renew(copy.transferId, context.signal))
    },
  }
}

async function endComplete(
  deps: CopiesDeps,
  { record, revision }: StoredCopy,
  agreement: AgreementRecord,
): Promise<void> {
  const completedAt = instantOf(deps.clock.now())
  const complete: CopyRecord = { ...record, state: 'complete', completedAt }
  const jobs = record.manifestId === undefined ? [] : receiptJobs(deps, agreement, await completeFacts(deps, record))
  const effects = { jobs }
  if ((await deps.store.change({ record: complete, revision, effects })) === 'conflict') {
    throw new PullPaused('provider', 'the copy was changed at the same time')
  }
  deps.log.info('copy-complete', { copy: record.id, bytes: record.size })
}

async function completeFacts(deps: CopiesDeps, record: CopyRecord): Promise<TransferCompletedFacts> {
  return {
    transferId: await providerPid(deps, record),
    result: 'complete',
    resources: record.resources.map(({ name, size, tree }) => ({ name, size, root: tree.root })),
    datasetRoot: datasetRoot(record.resources),
    bytes: record.size,
    durationMs: elapsed(deps, record),
  }
}

interface FailedPull {
  readonly stored: StoredCopy
  readonly agreement: AgreementRecord
}

async function endFailed(deps: CopiesDeps, { stored, agreement }: FailedPull, failure: CopyFailure): Promise<void> {
  const current = (await deps.store.get(stored.record.id)) ?? stored
  const { record, revision } = current
  const facts = failure.code === 'wrong-bytes' ? await mismatchFacts(deps, record, failure) : undefined
  const jobs = facts === undefined ? [] : receiptJobs(deps, agreement, facts)
  const failed: CopyRecord = { ...record, state: 'failed', failure, completedAt: instantOf(deps.clock.now()) }
  await deps.store.change({ record: failed, revision, effects: { jobs } })
  await deps.blobs.remove(`pulling/${record.id}`)
  deps.log.warn('copy-failed', { copy: record.id, code: failure.code, chunk: failure.chunk })
}

/** No file arrived whole: what came before the wrong chunk is not kept. */
async function mismatchFacts(
  deps: CopiesDeps,
  record: CopyRecord,
  failure: CopyFailure,
): Promise<TransferCompletedFacts> {
  const { resource = '', chunk = 0, received } = failure
  if (received === undefined) throw new Error('a mismatch without the digest of the received bytes')
  return {
    transferId: await providerPid(deps, record),
    result: 'mismatch',
    resources: [],
    bytes: verifiedBefore(record, { resource, chunk }),
    durationMs: elapsed(deps, record),
    mismatch: { resource, chunk, received },
  }
}

/** Bytes that were verified up to the wrong chunk. */
function verifiedBefore({ resources }: CopyRecord, wrong: { resource: string; chunk: number }): number {
  const at = resources.findIndex(({ name }) => name === wrong.resource)
  const files = resources.slice(0, Math.max(at, 0)).reduce((sum, { size }) => sum + size, 0)
  return files + wrong.chunk * (resources[at]?.tree.chunk ?? 0)
}

function receiptJobs(deps: CopiesDeps, agreement: AgreementRecord, body: TransferCompletedFacts): JobDraft[] {
  if (!isReceiptable(agreement)) return []
  const proposal = { type: 'TransferCompleted', ...exchangeFacts(agreement, deps.identity.did), body }
  return [{ queue: RECEIPT_QUEUE, key: agreement.id, payload: ReceiptProposal.parse(proposal) }]
}

/** The last word to the provider; said again after a crash until the transfer is final here. */
async function tellProvider({ store, transfers }: CopiesDeps, copyId: string): Promise<JobOutcome> {
  const record = (await store.get(copyId))?.record
  if (record === undefined || record.state === 'pulling') return { kind: 'retry', error: 'the copy was changed' }
  const transfer = await transfers.get(record.transferId)
  if (transfer === undefined || transfer.state === 'COMPLETED' || transfer.state === 'TERMINATED')
    return { kind: 'done' }
  const { failure } = record
  if (record.state === 'complete') await transfers.complete(record.transferId)
  else if (failure?.resource !== undefined && failure.chunk !== undefined) {
    await transfers.fail(record.transferId, { resource: failure.resource, chunk: failure.chunk })
  } else await transfers.terminate(record.transferId, failure?.detail ?? 'the pull ended')
  return { kind: 'done' }
}

/** Both sides name a transfer by the provider's process id. */
async function providerPid({ transfers }: CopiesDeps, { transferId }: CopyRecord): Promise<string> {
  return (await transfers.get(transferId))?.peerPid ?? transferId
}

function elapsed({ clock }: CopiesDeps, { createdAt }: CopyRecord): number {
  return Math.max(0, clock.now() - Date.parse(createdAt))
}
