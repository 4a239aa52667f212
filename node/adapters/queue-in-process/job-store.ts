import type { DeadLetter } from '../../ports/queue.ts'

export interface StoredJob {
  readonly id: number
  readonly queue: string
  readonly key: string
  readonly payload: unknown
  readonly attempts: number
  readonly createdAt: number
}

/** Persistence of the in-process queue. */
export interface JobStore {
  /**
   * Due jobs in the order they were committed, at most one for each queue and key: the oldest. A key whose oldest job
   * waits for a retry gives none. Keys in `busy` (`queue` + NUL + `key`) are left out.
   */
  due(now: number, busy: ReadonlySet<string>): StoredJob[]
  /** When the next job that is not due yet becomes due. */
  nextDueAt(now: number): number | undefined
  done(id: number): void
  retry(id: number, at: { runAt: number; error: string }): void
  bury(id: number, at: { failedAt: number; error: string }): void
  deadLetters(): DeadLetter[]
  revive(id: number, now: number): boolean
  /** Called after a commit that wrote jobs. */
  onJobs(listener: () => void): void
}
