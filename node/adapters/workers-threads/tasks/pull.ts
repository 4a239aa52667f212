import { hash } from 'node:crypto'
import { chunkRange } from '../../../../protocol/datasets/chunk-ranges.ts'
import type { PullTask, PullTaskProgress, PullTaskResult } from '../../../ports/pull-task.ts'
import { PartialFile } from '../../chunk-pull/partial-file.ts'
import { type AnswerOutcome, type BodySink, RangeConnection } from '../../chunk-pull/range-connection.ts'

const PROGRESS_EVERY_BYTES = 8 * 1024 * 1024
const PROGRESS_EVERY_MS = 100

/** Worker task `pull`: receives, verifies and writes in one thread; docs in node/ports/pull-task.ts. Imports little, so that it starts at once. */
export async function runPull(input: unknown, onProgress: (progress: unknown) => void): Promise<PullTaskResult> {
  const task = input as PullTask
  let sink: ChunkSink | undefined
  let file: PartialFile | undefined
  try {
    file = new PartialFile({ ...task, path: task.partialPath })
    sink = new ChunkSink(task, file, onProgress)
    sink.report()
    const ended = await fetchMissing(task, file, sink)
    await file.sync()
    return { ...ended, ...sink.progress() }
  } catch (error) {
    if (isFull(error)) return { kind: 'disk-full', ...(sink?.progress() ?? { verified: 0, received: 0 }) }
    throw error
  } finally {
    await file?.close()
  }
}

type Ended = PullTaskResult extends infer Result
  ? Result extends unknown
    ? Omit<Result, keyof PullTaskProgress>
    : never
  : never

async function fetchMissing(task: PullTask, file: PartialFile, sink: ChunkSink): Promise<Ended> {
  const runs = file.missing()
  if (runs.length === 0) return { kind: 'complete' }
  const connection = new RangeConnection(task.target, task)
  try {
    for (const { from, to } of runs) {
      sink.begin(from)
      const { start } = chunkRange(from, task.size, task.chunk)
      const { end } = chunkRange(to - 1, task.size, task.chunk)
      const outcome = await connection.fetch({ start, end, size: task.size }, sink)
      if (outcome.kind !== 'done') return endedBy(outcome, sink)
    }
    return { kind: 'complete' }
  } finally {
    connection.close()
  }
}

function endedBy(outcome: Exclude<AnswerOutcome, { kind: 'done' }>, sink: ChunkSink): Ended {
  if (outcome.kind === 'status') return endedByStatus(outcome.status)
  if (outcome.kind === 'lost') return { kind: 'interrupted', reason: outcome.reason }
  if (outcome.kind === 'bad-answer') return { kind: 'bad-answer', reason: outcome.reason }
  if (sink.failure !== undefined) throw sink.failure
  return sink.mismatch ?? { kind: 'interrupted', reason: 'stopped' }
}

function endedByStatus(status: number): Ended {
  if ([401, 403, 404, 409, 410].includes(status)) return { kind: 'access-refused', status }
  const reason = `the server answered ${status}`
  return status === 429 || status >= 500 ? { kind: 'interrupted', reason } : { kind: 'bad-answer', reason }
}

/** Fills one chunk after the other and keeps those whose leaf hash is the signed one. */
class ChunkSink implements BodySink {
  mismatch: Extract<Ended, { kind: 'wrong-bytes' }> | undefined
  failure: unknown
  readonly #task: PullTask
  readonly #file: PartialFile
  readonly #onProgress: (progress: unknown) => void
  /** A zero byte, then the chunk: the input of the leaf hash without a copy. */
  readonly #buffer: Buffer
  #index = 0
  #filled = 0
  #expected = 0
  #received = 0
  #reportedBytes = 0
  #reportedAt = 0

  constructor(task: PullTask, file: PartialFile, onProgress: (progress: unknown) => void) {
    this.#task = task
    this.#file = file
    this.#onProgress = onProgress
    this.#buffer = Buffer.allocUnsafeSlow(task.chunk + 1)
    this.#buffer[0] = 0
  }

  begin(index: number): void {
    this.#index = index
    this.#filled = 0
    const { start, end } = chunkRange(index, this.#task.size, this.#task.chunk)
    this.#expected = end - start
  }

  space(): Buffer {
    return this.#buffer.subarray(1 + this.#filled, 1 + this.#expected)
  }

  received(length: number): boolean {
    this.#received += length
    this.#filled += length
    if (this.#filled < this.#expected) return true
    try {
      return this.#finishChunk()
    } catch (error) {
      this.failure = error
      return false
    }
  }

  progress(): PullTaskProgress {
    return { verified: this.#file.verified, received: this.#received }
  }

  report(): void {
    this.#onProgress(this.progress())
  }

  #finishChunk(): boolean {
    const leaf = hash('sha256', this.#buffer.subarray(0, 1 + this.#expected), 'buffer')
    const expected = Buffer.from(this.#task.leaves.subarray(this.#index * 32, this.#index * 32 + 32))
    if (!leaf.equals(expected)) {
      const received = hash('sha256', this.#buffer.subarray(1, 1 + this.#expected), 'hex')
      this.mismatch = {
        kind: 'wrong-bytes',
        chunk: this.#index,
        expectedLeaf: expected.toString('hex'),
        receivedSha256: received,
      }
      return false
    }
    this.#file.keep(this.#index, this.#buffer.subarray(1, 1 + this.#expected))
    this.#reportSometimes()
    const next = this.#index + 1
    if (next * this.#task.chunk < this.#task.size) this.begin(next)
    return true
  }

  #reportSometimes(): void {
    const now = performance.now()
    if (this.#received - this.#reportedBytes < PROGRESS_EVERY_BYTES && now - this.#reportedAt < PROGRESS_EVERY_MS)
      return
    this.#reportedBytes = this.#received
    this.#reportedAt = now
    this.report()
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
