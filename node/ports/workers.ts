/** Heavy computation outside the event loop. Input and result are structured-cloneable. */
export interface Workers {
  run<Result>(task: string, input: unknown, options?: WorkerOptions): Promise<Result>
}

export interface WorkerOptions {
  /** Aborting ends the worker at once and rejects with the signal's reason. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: unknown) => void
}
