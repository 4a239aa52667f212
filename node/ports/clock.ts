/** The only source of time. Times are milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number
  /** Runs `run` once after `ms` milliseconds; the returned function cancels it. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void
}
