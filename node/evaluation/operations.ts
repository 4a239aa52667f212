import * as z from 'zod'
import type { DatasetEvaluation } from '../../schemas/datasets.ts'
import { FullReport, type PublicReport } from '../../schemas/evaluation.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Runs, SeedReader } from '../generation/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Keys } from '../ports/keys.ts'
import type { Random } from '../ports/random.ts'
import type { Workers } from '../ports/workers.ts'
import type { Logger } from '../telemetry/logger.ts'
import { evaluateDataset } from './evaluate-dataset.ts'
import type { EvaluationStore } from './store.ts'

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
  /** By dataset id or name. Refused `not-found`, `conflict` when it is published or withdrawn, `not-a-member`. */
  evaluate(dataset: string, follow?: FollowEvaluation): Promise<EvaluationSummary>
  /** The last full report; for the people of this node only. */
  fullReport(dataset: string): Promise<FullReport | undefined>
}

export interface EvaluationDeps {
  readonly store: EvaluationStore
  readonly datasets: Pick<Datasets, 'find' | 'partPaths' | 'recordEvaluation'>
  readonly seeds: SeedReader
  readonly runs: Pick<Runs, 'get' | 'claim'>
  readonly governance: Pick<Governance, 'rulebook'>
  readonly workers: Workers
  readonly blobs: Blobs
  readonly keys: Keys
  readonly random: Random
  readonly clock: Clock
  readonly log: Logger
}

const KeptReport = z.object({ salt: z.string(), report: FullReport })

export function createEvaluations(deps: EvaluationDeps): Evaluations {
  return {
    evaluate: (dataset, follow = {}) => evaluateDataset(deps, dataset, follow),
    fullReport: async (dataset) => {
      const { id } = await deps.datasets.find(dataset)
      const path = (await deps.store.record(id))?.reportPath
      if (path === undefined) return undefined
      const opened = await deps.keys.open(path, await deps.blobs.read(path))
      return KeptReport.parse(JSON.parse(new TextDecoder().decode(opened))).report
    },
  }
}
