import type { EvaluationInput } from '../../protocol/evaluation/evaluation-types.ts'
import type { SeedTexts } from '../../protocol/evaluation/published-texts.ts'

/** What published strings are compared with. */
export interface TextEvidence {
  /** Columns with strings of any kind, in the files. */
  readonly strings: readonly string[]
  /** Those of them with free texts. */
  readonly texts: readonly string[]
  readonly training: SeedTexts
  readonly control: SeedTexts
}

/** Input of the worker task `evaluate`; its result is a FullReport. */
export interface EvaluateTask extends Omit<EvaluationInput, 'synthetic' | 'texts' | 'onProgress'> {
  /** The Parquet parts as they will be published, in row order. */
  readonly parts: readonly { readonly path: string; readonly sha256: string; readonly chunk: number }[]
  readonly textEvidence: TextEvidence
  /** Columns of the files without free texts that the schema does not declare: break validity, or are not looked at. */
  readonly undeclared: 'break' | 'ignore'
  /** Rows in all parts together. */
  readonly rows: number
}
