import type { FullReport, PublicReport } from '../../schemas/evaluation.ts'
import type { DatasetEvaluation } from '../../schemas/datasets.ts'

export interface EvaluationSummary {
  readonly datasetId: string
  /** How often this dataset was evaluated, this time included. */
  readonly attempt: number
  readonly evaluation: DatasetEvaluation
  readonly report: PublicReport
}

export interface FollowEvaluation {
  readonly onProgress?: (progress: { readonly phase: string; readonly done: number }) => void
  readonly signal?: AbortSignal
}

/** Measures a dataset exactly as its files would be published, against the gates of the rulebook in force. */
export interface Evaluations {
  /** Refused `not-found` for an unknown dataset, `conflict` for one that is published or withdrawn. */
  evaluate(datasetId: string, follow?: FollowEvaluation): Promise<EvaluationSummary>
  /** The last full report; stays on this node. */
  fullReport(datasetId: string): Promise<FullReport | undefined>
}
