import { instantOf } from '../../protocol/instant.ts'
import { isFinal } from '../../protocol/transfer/machine.ts'
import { Refused } from '../../protocol/refusal.ts'
import { type OpenUpload, PUSH_QUEUE, type PushedFile, PushJob } from '../../schemas/pushes.ts'
import { PULL_FORMAT, type Transfer } from '../../schemas/transfer.ts'
import { WrongChunk } from '../ports/chunk-reader.ts'
import type { Clock } from '../ports/clock.ts'
import { HttpFailure } from '../ports/http-client.ts'
import { type OpenSink, type PushSink, SinkBusy, SinkRefusal } from '../ports/push-sink.ts'
import type { JobContext, JobHandler, JobOutcome } from '../ports/queue.ts'
import { errorFields, type Logger } from '../telemetry/logger.ts'
import type { PushEnd, Transfers } from './operations.ts'
import { filesOf, type PushableFile, type PushFilesDeps } from './push-files.ts'
import { guarded, PushStopped, watchObjections } from './push-guard.ts'
import type { PushStore } from './push-store.ts'

/** Far beyond any patience: a push ends by a termination, not as a dead letter. */
const DEADLINE_MS = 90 * 24 * 3_600_000
/** Tries to tell the storage about an upload that will not be ended. */
const CLEANING_TRIES = 5

export interface PushDeps extends PushFilesDeps {
  readonly transfers: Pick<Transfers, 'get' | 'watch' | 'sinkOf' | 'forgetSink' | 'endPush' | 'pushObjection'>
  readonly store: PushStore
  readonly openSink: OpenSink
  readonly clock: Clock
  readonly log: Logger
  /** How long a push is tried again without a file or part being acknowledged, ms. */
  readonly patienceMs: number
  /** Most bytes per second of one push; absent: as fast as it goes. */
  readonly bytesPerSecond?: number
}

/** Brings an agreed dataset to the storage of a partner, however often it is interrupted; what is acknowledged is not sent again. */
export function pushJob(given: PushDeps): JobHandler {
  const deps = { ...given, since: given.clock.now() }
  return {
    queue: PUSH_QUEUE,
    concurrency: 16,
    deadlineMs: DEADLINE_MS,
    run: async (payload, context) => {
      const { pid } = PushJob.parse(payload)
      const process = await deps.transfers.get(pid)
      if (process?.role !== 'provider' || process.format === PULL_FORMAT) return { kind: 'done' }
      if (isFinal(process.state)) return cleanUp(deps, pid, context)
      if (process.state !== 'STARTED') return { kind: 'done' }
      try {
        await push(deps, process, context.signal)
        return { kind: 'done' }
      } catch (error) {
        context.signal.throwIfAborted()
        return afterFailure(deps, process, error)
      }
    },
  }
}

async function push(deps: PushDeps, { pid, datasetId }: Transfer, stopping: AbortSignal): Promise<void> {
  const { transfers, store } = deps
  const refusal = await transfers.pushObjection(pid)
  if (refusal !== undefined) throw new PushStopped(refusal)
  const address = await transfers.sinkOf(pid)
  if (address === undefined) throw new SinkRefusal(404, 'no address')
  const sink = deps.openSink(address)
  const known = new Map((await store.files(pid)).map((file) => [file.name, file]))
  const watched = watchObjections(transfers, pid, stopping)
  try {
    for (const file of await filesOf(deps, datasetId)) {
      const earlier = known.get(file.name)
      if (earlier?.state === 'sent') continue
      if (address.kind === 'presigned' && address.urls[file.name] === undefined) continue
      await putFile(deps, { pid, sink, file, open: earlier?.upload, signal: watched.signal })
    }
  } finally {
    watched.end()
  }
  await transfers.endPush(pid, 'complete')
}

interface FilePut {
  readonly pid: string
  readonly sink: PushSink
  readonly file: PushableFile
  readonly open: OpenUpload | undefined
  readonly signal: AbortSignal
}

/** A file that could not be put, with its name for the people on both sides. */
class FileNotPut extends Error {
  readonly file: string
  constructor(file: string, cause: unknown) {
    super(`${file} could not be put`, { cause })
    this.name = 'FileNotPut'
    this.file = file
  }
}

async function putFile(deps: PushDeps, { pid, sink, file, open, signal }: FilePut): Promise<void> {
  const { store, clock, log } = deps
  try {
    const opened = guarded(deps, pid, await file.open())
    const { name, size } = opened
    const keep = (state: Pick<PushedFile, 'state' | 'upload'>) =>
      store.put(pid, { name, size, ...state, at: instantOf(clock.now()) })
    await sink.put(opened, {
      keep: (upload) => keep({ state: 'open', upload }),
      signal,
      ...(open === undefined ? {} : { open }),
    })
    await keep({ state: 'sent' })
    log.info('push-file-sent', { transfer: pid, file: name, bytes: size })
  } catch (error) {
    if (error instanceof PushStopped) throw error
    throw new FileNotPut(file.name, error)
  }
}

/** Ends the push, lets it rest until the next try, or leaves it to whoever stopped it. */
async function afterFailure(deps: Trying, { pid, updatedAt }: Transfer, error: unknown): Promise<JobOutcome> {
  if (error instanceof PushStopped && error.refusal.code === 'transfer-not-running') return { kind: 'done' }
  const end = endOf(error)
  if (end === undefined) {
    const patient = await isPatient(deps, { pid, updatedAt })
    const { reason, expected } = troubleOf(error)
    if (!expected) deps.log.warn('push-failed', { transfer: pid, ...errorFields(causeOf(error)) })
    if (patient) return { kind: 'retry', error: reason }
    return finish(deps, pid, { code: 'sink-unreachable', reasons: [`It was tried for too long: ${reason}`] })
  }
  return finish(deps, pid, end)
}

async function finish(deps: PushDeps, pid: string, end: Exclude<PushEnd, 'complete'>): Promise<JobOutcome> {
  deps.log.warn('push-ended', { transfer: pid, code: end.code, reason: end.reasons.join(' ') })
  await deps.transfers.endPush(pid, end)
  return { kind: 'done' }
}

const causeOf = (error: unknown): unknown => (error instanceof FileNotPut ? error.cause : error)

/** The termination that an error means; undefined where another try may help. */
function endOf(error: unknown): Exclude<PushEnd, 'complete'> | undefined {
  if (error instanceof PushStopped) return { code: 'policy-denied', reasons: [error.refusal.detail] }
  const file = error instanceof FileNotPut ? error.file : 'the data'
  const cause = causeOf(error)
  if (cause instanceof SinkRefusal) {
    const word = cause.reason === undefined ? '' : ` (${cause.reason})`
    return { code: 'sink-refused', reasons: [`The storage answered ${cause.status}${word} to ${file}.`] }
  }
  if (cause instanceof HttpFailure && cause.blocked) {
    return { code: 'sink-refused', reasons: [`The address for ${file} is not one that the provider connects to.`] }
  }
  if (cause instanceof WrongChunk) {
    return { code: 'wrong-bytes', reasons: [`Chunk ${cause.chunk} of ${file} is not what the manifest says.`] }
  }
  if (cause instanceof Refused && cause.refusal.code === 'not-found') {
    return { code: 'dataset-unavailable', reasons: [cause.refusal.detail] }
  }
  return undefined
}

/** What happened, in words that name no address. `expected`: networks and storages do this. */
function troubleOf(error: unknown): { readonly reason: string; readonly expected: boolean } {
  const cause = causeOf(error)
  const file = error instanceof FileNotPut ? ` for ${error.file}` : ''
  if (cause instanceof SinkBusy) return { reason: `the storage answers ${cause.status}${file}`, expected: true }
  if (cause instanceof HttpFailure) return { reason: `${cause.message}${file}`, expected: true }
  if (cause instanceof Refused) return { reason: cause.refusal.detail, expected: true }
  return { reason: `the provider failed${file}`, expected: false }
}

interface Trying extends PushDeps {
  /** Start of this node: while it did not run nothing was tried. Ms since 1970. */
  readonly since: number
}

/** Whether the last acknowledgement, or the start if none came since, is not too long ago. */
async function isPatient(
  { store, clock, patienceMs, since }: Trying,
  { pid, updatedAt }: Pick<Transfer, 'pid' | 'updatedAt'>,
): Promise<boolean> {
  const times = [updatedAt, ...(await store.files(pid)).map(({ at }) => at)].map((at) => Date.parse(at))
  return clock.now() - Math.max(since, ...times) < patienceMs
}

/** After the end: uploads that were begun are given up, and the secrets of the storage are erased. */
async function cleanUp(deps: PushDeps, pid: string, { attempt }: JobContext): Promise<JobOutcome> {
  const address = await deps.transfers.sinkOf(pid)
  if (address === undefined) return { kind: 'done' }
  const sink = deps.openSink(address)
  try {
    for (const { name, state, upload } of await deps.store.files(pid)) {
      if (state === 'open' && upload !== undefined) await sink.abandon(name, upload)
    }
  } catch (error) {
    deps.log.info('push-not-cleaned', { transfer: pid, ...errorFields(error) })
    if (attempt < CLEANING_TRIES) return { kind: 'retry', error: 'the storage does not forget an upload' }
  }
  await deps.transfers.forgetSink(pid)
  return { kind: 'done' }
}
