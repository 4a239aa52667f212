import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { FetchTask, FetchTaskProgress, FetchTaskResult } from '../../../ports/fetch-task.ts'

const PROGRESS_EVERY_MS = 100
/** A strong validator (RFC 9110 §8.8.3): the same bytes, not merely the same meaning. */
const StrongTag = z.string().regex(/^"[\x21\x23-\x7e\x80-\xff]*"$/)
const MediaType = z.string().max(255)
const Memory = z.object({ etag: StrongTag.optional(), mediaType: MediaType.optional(), whole: z.int().optional() })
type Memory = z.infer<typeof Memory>

type Ended = FetchTaskResult extends infer Result
  ? Result extends unknown
    ? Omit<Result, keyof FetchTaskProgress>
    : never
  : never

/**
 * Worker task `fetch`: plain HTTP (RFC 9110) into a file; docs in node/ports/fetch-task.ts. Goes on where it stopped by Range with
 * If-Range, where the server gave a strong entity tag; otherwise it begins anew.
 */
export async function runFetch(input: unknown, onProgress: (progress: unknown) => void): Promise<FetchTaskResult> {
  const task = input as FetchTask
  const growing = new GrowingFile(task, onProgress)
  try {
    return { ...(await fetchRest(task, growing)), ...growing.progress() }
  } catch (error) {
    if (isFull(error)) return { kind: 'disk-full', ...growing.progress() }
    throw error
  }
}

async function fetchRest(task: FetchTask, growing: GrowingFile): Promise<Ended> {
  const { memory } = growing
  if (memory.whole !== undefined && memory.whole === growing.have) return complete(memory)
  const etag = growing.have > 0 ? memory.etag : undefined
  const answer = await ask(task, etag === undefined ? undefined : { etag, from: growing.have })
  if (answer instanceof Error) return { kind: 'interrupted', reason: reasonOf(answer) }
  try {
    const plan = planFor(answer, { etag, from: growing.have })
    if ('kind' in plan) {
      if (answer.statusCode === 416) growing.forget()
      return plan
    }
    growing.total = plan.total
    if ((plan.total ?? 0) > task.mostBytes) return { kind: 'too-large' }
    if (plan.start === 0) growing.begin(answer.headers)
    return await growing.take(answer)
  } finally {
    answer.destroy()
  }
}

const complete = ({ mediaType }: Memory): Ended =>
  mediaType === undefined ? { kind: 'complete' } : { kind: 'complete', mediaType }

function ask(
  { target, authorization, idleMs }: FetchTask,
  kept: { etag: string; from: number } | undefined,
): Promise<IncomingMessage | Error> {
  const port = target.port === (target.tls ? 443 : 80) ? '' : `:${target.port}`
  const headers = {
    host: target.host + port,
    authorization,
    'accept-encoding': 'identity',
    'user-agent': 'tanemaki',
    ...(kept === undefined ? {} : { range: `bytes=${kept.from}-`, 'if-range': kept.etag }),
  }
  const at = { host: target.address, port: target.port, path: target.path, servername: target.host }
  return new Promise((resolve) => {
    const send = target.tls ? httpsRequest : httpRequest
    const asked = send({ ...at, method: 'GET', headers, agent: false }, resolve)
    asked.setTimeout(idleMs, () => asked.destroy(new Error('no byte came for too long')))
    asked.on('error', resolve)
    asked.end()
  })
}

/** Where the body goes, and how long the file is; or why it goes nowhere. */
function planFor(
  { statusCode = 0, headers }: IncomingMessage,
  kept: { etag: string | undefined; from: number },
): { start: number; total?: number } | Ended {
  if ([401, 403, 404, 409, 410].includes(statusCode)) return { kind: 'access-refused', status: statusCode }
  if (statusCode === 416) return { kind: 'interrupted', reason: 'what was kept is not part of the file any more' }
  if (statusCode === 429 || statusCode >= 500)
    return { kind: 'interrupted', reason: `the server answered ${statusCode}` }
  const bad = (reason: string): Ended => ({ kind: 'bad-answer', reason })
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return bad('the answer has a content encoding')
  const length = headers['content-length']
  if (length === undefined && headers['transfer-encoding'] !== 'chunked') {
    return bad('the answer does not say where it ends')
  }
  if (statusCode === 200) return length === undefined ? { start: 0 } : { start: 0, total: Number(length) }
  if (statusCode !== 206 || kept.etag === undefined) return bad(`the server answered ${statusCode}`)
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '')
  const [first, last, total] = range?.slice(1).map(Number) ?? []
  const fits = first === kept.from && total !== undefined && last === total - 1
  if (!fits) return bad('the range of the answer is not the one asked for')
  if (headers.etag !== kept.etag) return bad('the range is of another file than the one asked for')
  return { start: first, total }
}

/** The file on its way, with what must be remembered to go on. */
class GrowingFile {
  have: number
  total: number | undefined
  memory: Memory
  #received = 0
  #reportedAt = 0
  readonly #task: FetchTask
  readonly #onProgress: (progress: unknown) => void

  constructor(task: FetchTask, onProgress: (progress: unknown) => void) {
    this.#task = task
    this.#onProgress = onProgress
    for (const path of [task.partialPath, task.memoryPath]) mkdirSync(dirname(path), { recursive: true })
    this.have = statSync(task.partialPath, { throwIfNoEntry: false })?.size ?? 0
    this.memory = remembered(task.memoryPath)
    this.total = this.memory.whole
  }

  progress(): FetchTaskProgress {
    const progress = { have: this.have, received: this.#received }
    return this.total === undefined ? progress : { ...progress, total: this.total }
  }

  forget(): void {
    for (const path of [this.#task.memoryPath, this.#task.partialPath]) rmSync(path, { force: true })
    this.have = 0
    this.memory = {}
  }

  begin(headers: IncomingMessage['headers']): void {
    this.forget()
    this.#remember({
      etag: StrongTag.safeParse(headers.etag).data,
      mediaType: MediaType.safeParse(headers['content-type']).data,
    })
  }

  async take(answer: IncomingMessage): Promise<Ended> {
    const file = await open(this.#task.partialPath, this.have === 0 ? 'w' : 'r+', 0o600)
    try {
      const ended = await this.#fill(file, answer)
      await file.sync()
      if (ended !== undefined) return ended
    } finally {
      await file.close()
    }
    this.#remember({ ...this.memory, whole: this.have })
    return complete(this.memory)
  }

  /** Undefined when all of it has come. */
  async #fill(file: FileHandle, answer: IncomingMessage): Promise<Ended | undefined> {
    const pieces: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]()
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => (error instanceof Error ? error : new Error('lost')))
      if (next instanceof Error) return { kind: 'interrupted', reason: reasonOf(next) }
      if (next.done === true) break
      if (this.have + next.value.length > this.#task.mostBytes) return { kind: 'too-large' }
      await file.write(next.value, 0, next.value.length, this.have)
      this.have += next.value.length
      this.#received += next.value.length
      this.#reportSometimes()
    }
    const whole = answer.complete && (this.total === undefined || this.have === this.total)
    return whole ? undefined : { kind: 'interrupted', reason: 'the answer ended early' }
  }

  #remember(memory: Memory): void {
    this.memory = memory
    writeFileSync(this.#task.memoryPath, JSON.stringify(memory), { mode: 0o600, flush: true })
  }

  #reportSometimes(): void {
    const now = performance.now()
    if (now - this.#reportedAt < PROGRESS_EVERY_MS) return
    this.#reportedAt = now
    this.#onProgress(this.progress())
  }
}

/** A memory that cannot be read is none: the file begins anew. */
function remembered(path: string): Memory {
  try {
    return Memory.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}

function reasonOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
