/**
 * Work that must survive a crash. Jobs are written by a store in the same transaction as the state that wants them
 * (Effects.jobs), so the queue table is the outbox. At least once; handlers are idempotent.
 */
export interface JobDraft {
  readonly queue: string
  /** Jobs of one key run one after the other, in the order they were committed. */
  readonly key: string
  /** Plain JSON, parsed again by the handler. */
  readonly payload: unknown
  /** Not before this time (ms since 1970). Default: at once. */
  readonly runAt?: number
  /** A job with the same queue and dedupe value that has not finished makes this one a no-op. */
  readonly dedupe?: string
}

export interface JobContext {
  readonly id: string
  /** 1 for the first try. */
  readonly attempt: number
  readonly signal: AbortSignal
}

/** done: finished. retry: again after the policy's delay; past the deadline it becomes a dead letter. dead: never again. */
export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly error: string; readonly afterMs?: number }
  | { readonly kind: 'dead'; readonly error: string }

export interface JobHandler {
  readonly queue: string
  /** How many jobs of this queue (different keys) run at the same time. Default 4. */
  readonly concurrency?: number
  /** Age of a job in ms after which a retry becomes a dead letter. Default 24 h. */
  readonly deadlineMs?: number
  /** A thrown error counts as retry. */
  run(payload: unknown, context: JobContext): Promise<JobOutcome>
}

export interface DeadLetter {
  readonly id: string
  readonly queue: string
  readonly key: string
  readonly error: string
  readonly attempts: number
  readonly failedAt: number
}

export interface Queue {
  register(handler: JobHandler): void
  start(): void
  /** Finishes running jobs (waits at most `drainMs`), takes no new ones. */
  stop(drainMs: number): Promise<void>
  /** Resolves when no job is running or due now. */
  settle(): Promise<void>
  deadLetters(): Promise<DeadLetter[]>
  /** Puts a dead letter back at the end of its key. */
  retry(id: string): Promise<boolean>
}
