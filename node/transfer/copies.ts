import { instantOf } from '../../protocol/instant.ts'
import { dutiesOf } from '../../protocol/policy/templates.ts'
import { refuse } from '../../protocol/refusal.ts'
import {
  type CopyDuty,
  CopyRecord,
  type CopyVerification,
  type PullProgress,
  type PullRequest,
} from '../../schemas/copies.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { JobDraft, JobHandler } from '../ports/queue.ts'
import { boundManifest } from './bound-manifest.ts'
import { type CopiesDeps, copyFolder } from './copies-deps.ts'
import type { StoredCopy } from './copies-store.ts'
import { type FollowVerification, verifyCopy } from './copies-verify.ts'
import { PULL_QUEUE, pullJob } from './pull-job.ts'
import { PullProgressBoard } from './pull-progress.ts'

/** Datasets of partners that this node holds or is pulling, with the duties that came with them. */
export interface Copies {
  /**
   * Starts the pull of an agreed dataset, or goes on with the one under way, and returns at once; a job does the rest, through
   * crashes and pauses. Throws Refused `not-found` (no such agreement), `unsupported` (the provider should bind a manifest and does not), `conflict`,
   * `peer-refused`, `peer-unreachable`.
   */
  pull(request: PullRequest): Promise<CopyRecord>
  /** By id, or by the id of the agreement (the newest complete copy, else the newest). Refused `not-found`. */
  find(reference: string): Promise<CopyRecord>
  /** Newest first, at most 500. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<CopyRecord[]>
  /** Reports progress until the copy is complete or failed, or the signal aborts. */
  follow(id: string, onProgress: (progress: PullProgress) => void, signal?: AbortSignal): Promise<CopyRecord>
  progress(record: CopyRecord): PullProgress
  /** Checks files and manifest as they are on disk now. Refused `conflict` unless complete. */
  verify(id: string, follow?: FollowVerification): Promise<CopyVerification>
  /** Folder of a complete copy on this machine's disk. */
  path(record: CopyRecord): string
  readonly jobs: readonly JobHandler[]
}

export function createCopies(deps: CopiesDeps): Copies {
  const { store, blobs } = deps
  const board = new PullProgressBoard(deps.clock)
  const find: Copies['find'] = async (reference) => {
    const found = (await store.get(reference)) ?? mostUseful(await store.ofAgreement(reference))
    return (
      found?.record ?? refuse('not-found', 'there is no such copy', 'See the copies of this node: tanemaki copy list.')
    )
  }
  return {
    find,
    pull: (request) => pull(deps, request),
    list: ({ limit = 100, before } = {}) =>
      store.list({ limit: Math.min(limit, 500), ...(before === undefined ? {} : { before }) }),
    follow: async (id, onProgress, signal) => {
      for (;;) {
        const record = await find(id)
        const resting = record.state !== 'pulling' || signal?.aborted === true
        onProgress(board.latest(record))
        if (resting) return record
        await board.change(record.id, signal)
      }
    },
    progress: (record) => board.latest(record),
    verify: async (id, follow = {}) => verifyCopy(deps, await find(id), follow),
    path: (record) => blobs.localPath(copyFolder(record.id)),
    jobs: [pullJob(deps, board)],
  }
}

/** How long a new pull waits for the end of the one before. */
const ENDING_MS = 10_000

function mostUseful(newestFirst: readonly StoredCopy[]): StoredCopy | undefined {
  return newestFirst.find(({ record }) => record.state === 'complete') ?? newestFirst[0]
}

/** The transfer of a copy at rest is about to end: the next pull gets, and is counted as, a transfer of its own. */
async function untilEnded({ transfers, clock }: CopiesDeps, transferId: string): Promise<void> {
  if ((await transfers.get(transferId)) === undefined) return
  const patience = new AbortController()
  const cancel = clock.after(ENDING_MS, () => patience.abort())
  let state: string | undefined
  for await (const process of transfers.watch(transferId, patience.signal)) state = process.state
  cancel()
  if (state === 'COMPLETED' || state === 'TERMINATED') return
  refuse(
    'conflict',
    'the provider does not know yet that the last pull under this agreement has ended',
    'Pull again when the provider can be reached; the node tells it by itself.',
  )
}

async function pull(deps: CopiesDeps, { agreement: agreementId }: PullRequest): Promise<CopyRecord> {
  const { store, transfers, negotiations, random, clock } = deps
  const agreement = await negotiations.agreement(agreementId)
  if (agreement?.role !== 'consumer') {
    refuse('not-found', 'this node has no such agreement as consumer', 'See the agreements: tanemaki exchange list.')
  }
  const bound = await boundManifest(deps, agreement)
  const [newest] = await store.ofAgreement(agreementId)
  if (newest?.record.state === 'pulling') return goOn(deps, newest)
  if (newest !== undefined) await untilEnded(deps, newest.record.transferId)
  const transfer = await transfers.start(agreementId)
  const [before] = bound.manifestId === undefined ? [] : await store.ofManifest(bound.manifestId)
  const record = CopyRecord.parse({
    id: random.uuid(),
    transferId: transfer.pid,
    agreementId,
    provider: agreement.peer,
    datasetId: agreement.datasetId,
    ...bound,
    title: agreement.datasetId,
    state: 'pulling',
    resources: [],
    size: 0,
    duties: copyDuties(agreement),
    notices: before?.record.notices ?? [],
    createdAt: instantOf(clock.now()),
  })
  if ((await store.insert(record, { jobs: [jobFor(record)] })) === 'committed') return record
  const running = await store.byTransfer(transfer.pid)
  return running?.record ?? refuse('conflict', 'the pull was started twice', 'Look at the copy list.')
}

/** A pull under way has a job unless that one gave up; then this wakes it again. */
async function goOn({ store }: CopiesDeps, { record, revision }: StoredCopy): Promise<CopyRecord> {
  await store.change({ record, revision, effects: { jobs: [jobFor(record)] } })
  return record
}

function jobFor({ id }: CopyRecord): JobDraft {
  return { queue: PULL_QUEUE, key: id, payload: { copyId: id }, dedupe: id }
}

function copyDuties({ agreement }: AgreementRecord): CopyDuty[] {
  return dutiesOf(agreement).map(({ action, by, text }) => ({
    action,
    text: text.en,
    ...(by === undefined ? {} : { by }),
  }))
}
