import type { DpClaim, GateThresholds, TextDetail } from '../../schemas/evaluation.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import type { Table } from '../generation/table.ts'

/** Where the control set came from; an absent fact counts against the dataset. */
export interface ControlEvidence {
  readonly drawnBeforeGeneration: boolean
  readonly disjointByUnit: boolean
}

/** `evaluateTable(input): FullReport` in evaluate-table.ts. */
export interface EvaluationInput {
  readonly schema: SeedSchema
  readonly thresholds: GateThresholds
  readonly training: Table
  readonly control: Table
  /** Exactly the rows that will be published. */
  readonly synthetic: Table
  readonly evidence: ControlEvidence
  /** What was measured of the published strings (measure-texts.ts); absent: that was not done, and no gate on texts passes. */
  readonly texts?: TextDetail
  /** Absent: the dataset claims no differential privacy. */
  readonly claim?: DpClaim
  /** Column that utility is measured on; absent: the schema's target, or none. */
  readonly target?: string
  /** 32 bytes that fix subsamples; the same seed gives the same report. */
  readonly seed: Uint8Array
  readonly onProgress?: (gate: string, done: number) => void
}
