import type { SampledRow } from '../../protocol/generation/rows/collect-report.ts'
import type { ComparedRecord } from '../../protocol/generation/rows/copying.ts'
import type { Copying, TextDiversity } from '../../schemas/run-report.ts'

/** Input of the worker task `measure-rows`. */
export interface MeasureRows {
  readonly rows: readonly SampledRow[]
  /** BCP 47 tag of the rows. */
  readonly language: string
  /** Name of the embedding column that the rows' vectors are from. */
  readonly embedding?: string
  /** What rows could have copied from; the first of `rows`, as many as `compared`, are compared with it. */
  readonly sources: readonly { readonly name: string; readonly records: readonly ComparedRecord[] }[]
  readonly compared: number
  /** Texts whose runs count for nothing. */
  readonly masked: readonly string[]
}

/** Its result. */
export interface MeasuredRows {
  readonly diversity: TextDiversity
  readonly copying: readonly Copying[]
}
