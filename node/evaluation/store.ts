export interface EvaluationRecord {
  readonly attempts: number
  /** Blob with the sealed full report of the last evaluation that came to its end. */
  readonly reportPath?: string
}

/** Counts evaluations, because every further try tells more about the control set. Each method is atomic. */
export interface EvaluationStore {
  /** Counts one more attempt and returns its number; called before anything is read. */
  beginAttempt(datasetId: string): Promise<number>
  finishAttempt(datasetId: string, finished: { reportPath: string; at: number }): Promise<void>
  record(datasetId: string): Promise<EvaluationRecord | undefined>
}
