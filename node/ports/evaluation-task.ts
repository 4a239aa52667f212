import type { EvaluationInput } from '../../protocol/evaluation/evaluation-types.ts'

/** Input of the worker task `evaluate`; its result is a FullReport. */
export interface EvaluateTask extends Omit<EvaluationInput, 'synthetic' | 'onProgress'> {
  /** The Parquet parts as they will be published, in row order. */
  readonly parts: readonly { readonly path: string; readonly sha256: string; readonly chunk: number }[]
  /** Columns of the files that the schema does not declare: break validity, or are not looked at. */
  readonly undeclared: 'break' | 'ignore'
  /** Rows in all parts together. */
  readonly rows: number
}
