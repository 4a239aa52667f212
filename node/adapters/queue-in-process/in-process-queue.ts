import type { Clock } from '../../ports/clock.ts'
import type { JobHandler, JobOutcome, Queue } from '../../ports/queue.ts'
import type { Random } from '../../ports/random.ts'
import { type Logger, errorFields } from '../../telemetry/logger.ts'
import type { JobStore, StoredJob } from './job-store.ts'
import { retryDelay } from './retry-delay.ts'

const defaultConcurrency = 4
const defaultDeadlineMs = 24 * 60 * 60 * 1000
const safetyNetMs = 30_000
/** Pause before what became of a job is written again, when the store did not take it. */
const rewriteMs = 1000

export interface InProcessQueueDeps {
  readonly store: JobStore
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Runs jobs inside this process as soon as the commit that wrote them is durable. */
export class InProcessQueue implements Queue {
  readonly #deps: InProcessQueueDeps
  readonly #handlers = new Map<string, JobHandler>()
  readonly #busy = new Map<string, { queue: string; done: Promise<void> }>()
  readonly #stopping = new AbortController()
  #idle: (() => void)[] = []
  #started = false
  #cancelTimer: () => void = () => {}
  #scanQueued = false

  constructor(deps: InProcessQueueDeps) {
    this.#deps = deps
    deps.store.onJobs(() => this.#wake())
  }

  register(handler: JobHandler): void {
    if (this.#handlers.has(handler.queue)) throw new Error(`two handlers for the queue ${handler.queue}`)
    this.#handlers.set(handler.queue, handler)
  }

  start(): void {
    this.#started = true
    this.#wake()
  }

  async stop(drainMs: number): Promise<void> {
    this.#started = false
    this.#cancelTimer()
    const running = Promise.all([...this.#busy.values()].map((job) => job.done))
    let cancel = () => {}
    const tooLong = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(drainMs, resolve)
    })
    await Promise.race([running, tooLong])
    cancel()
    this.#stopping.abort(new Error('the node is stopping'))
  }

  async settle(): Promise<void> {
    while (this.#started && (this.#busy.size > 0 || this.#scanQueued || this.#runnable().length > 0)) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve)
        this.#wake()
      })
    }
  }

  async deadLetters() {
    return this.#deps.store.deadLetters()
  }

  async retry(id: string): Promise<boolean> {
    const revived = this.#deps.store.revive(Number(id), this.#deps.clock.now())
    if (revived) this.#wake()
    return revived
  }

  #wake(): void {
    if (!this.#started || this.#scanQueued) return
    this.#scanQueued = true
    queueMicrotask(() => {
      this.#scanQueued = false
      if (this.#started) this.#scan()
      this.#notifyIdle()
    })
  }

  #notifyIdle(): void {
    if (this.#busy.size > 0) return
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }

  #runnable(now = this.#deps.clock.now()): StoredJob[] {
    return this.#deps.store.due(now, new Set(this.#busy.keys())).filter((job) => this.#handlers.has(job.queue))
  }

  #scan(): void {
    /** One time for both questions: a job that comes due between them would otherwise be in neither answer. */
    const now = this.#deps.clock.now()
    const running = new Map<string, number>()
    for (const { queue } of this.#busy.values()) running.set(queue, (running.get(queue) ?? 0) + 1)
    for (const job of this.#runnable(now)) {
      const handler = this.#handlers.get(job.queue)
      const count = running.get(job.queue) ?? 0
      if (handler === undefined || count >= (handler.concurrency ?? defaultConcurrency)) continue
      running.set(job.queue, count + 1)
      this.#launch(job, handler)
    }
    this.#cancelTimer()
    const wait = Math.min(safetyNetMs, Math.max(1, (this.#deps.store.nextDueAt(now) ?? now + safetyNetMs) - now))
    this.#cancelTimer = this.#deps.clock.after(wait, () => this.#wake())
  }

  #launch(job: StoredJob, handler: JobHandler): void {
    const slot = `${job.queue}\0${job.key}`
    const done = this.#run(job, handler).finally(() => {
      this.#busy.delete(slot)
      this.#wake()
      this.#notifyIdle()
    })
    this.#busy.set(slot, { queue: job.queue, done })
  }

  async #run(job: StoredJob, handler: JobHandler): Promise<void> {
    const attempt = job.attempts + 1
    let outcome: JobOutcome
    try {
      outcome = await handler.run(job.payload, { id: String(job.id), attempt, signal: this.#stopping.signal })
    } catch (error) {
      this.#deps.log.warn('job-threw', { queue: job.queue, job: job.id, attempt, ...errorFields(error) })
      outcome = { kind: 'retry', error: error instanceof Error ? error.name : 'unknown' }
    }
    await this.#record(job, outcome)
  }

  /** The job is not run again for a store that does not take its outcome; its key waits until the store does. */
  async #record(job: StoredJob, outcome: JobOutcome): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#settleJob(job, outcome)
        return
      } catch (error) {
        this.#deps.log.error('job-not-recorded', { queue: job.queue, job: job.id, ...errorFields(error) })
        await new Promise<void>((resolve) => void this.#deps.clock.after(rewriteMs, resolve))
      }
    }
  }

  #settleJob(job: StoredJob, outcome: JobOutcome): void {
    const { store, clock, random, log } = this.#deps
    const now = clock.now()
    const attempt = job.attempts + 1
    switch (outcome.kind) {
      case 'done':
        store.done(job.id)
        return
      case 'dead':
        store.bury(job.id, { failedAt: now, error: outcome.error })
        log.error('job-dead', { queue: job.queue, job: job.id, attempt, reason: outcome.error })
        return
      case 'retry': {
        const deadline = job.createdAt + (this.#handlers.get(job.queue)?.deadlineMs ?? defaultDeadlineMs)
        if (now >= deadline) {
          store.bury(job.id, { failedAt: now, error: outcome.error })
          log.error('job-dead', { queue: job.queue, job: job.id, attempt, reason: outcome.error })
          return
        }
        const jitter = (random.bytes(1)[0] ?? 0) / 255
        store.retry(job.id, { runAt: now + (outcome.afterMs ?? retryDelay(attempt, jitter)), error: outcome.error })
      }
    }
  }
}
