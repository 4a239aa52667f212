import type { AskedColumn, RowColumn, Sampler } from '../../../schemas/row-columns.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import type { Validator } from '../../../schemas/validators.ts'
import type { AnswerSchema } from './answer-schema.ts'
import type { Expression, Template } from './templates/template.ts'

type ColumnOf<Type extends RowColumn['type']> = Extract<RowColumn, { type: Type }>

interface Planned {
  readonly name: string
  /** Columns that have to be made before, in the order of the recipe. */
  readonly needs: readonly string[]
  /** 0 for columns that need none, else one more than the latest that is needed. */
  readonly stage: number
}
interface Skippable {
  /** When it holds, the cell is `column.skip.value`. */
  readonly skipWhen?: Expression
}

export interface PlannedSampler extends Planned {
  readonly kind: 'sampler'
  readonly column: ColumnOf<'sampler'>
  readonly conditional: readonly { readonly when: Expression; readonly sampler: Sampler }[]
}
/** A record of a source, or a member of one. */
export interface PlannedRecord extends Planned {
  readonly kind: 'record'
  readonly column: ColumnOf<'seed' | 'persona'>
  readonly source: string
  readonly member?: string
}
/** An answer of a chat model. */
export interface PlannedAnswer extends Planned, Skippable {
  readonly kind: 'answer'
  readonly column: AskedColumn
  readonly system?: Template
  readonly prompt: Template
  /** Schema of the answer and how it is checked; absent for texts. */
  readonly schema?: { readonly json: Readonly<Record<string, unknown>>; readonly answer: AnswerSchema }
}
export interface PlannedExpression extends Planned, Skippable {
  readonly kind: 'expression'
  readonly column: ColumnOf<'expression'>
  readonly template: Template
}
export interface PlannedValidation extends Planned, Skippable {
  readonly kind: 'validation'
  readonly column: ColumnOf<'validation'>
  readonly validators: readonly PlannedValidator[]
}
export interface PlannedEmbedding extends Planned, Skippable {
  readonly kind: 'embedding'
  readonly column: ColumnOf<'embedding'>
}
export type PlannedColumn =
  | PlannedSampler
  | PlannedRecord
  | PlannedAnswer
  | PlannedExpression
  | PlannedValidation
  | PlannedEmbedding

/** A validator with what is read once: its expression or schema. */
export interface PlannedValidator {
  readonly name: string
  readonly validator: Validator
  readonly pattern?: RegExp
  readonly schema?: AnswerSchema
}

/** A recipe that has been checked, with everything read that is needed for many rows. */
export interface RowPlan {
  readonly recipe: RowRecipe
  /** Each after all that it needs, otherwise in the order of the recipe. */
  readonly columns: readonly PlannedColumn[]
  /** Names of the columns by stage; those of one stage need nothing of each other. */
  readonly stages: readonly (readonly string[])[]
  /** Names of the columns that are not dropped, in the order of the recipe. */
  readonly kept: readonly string[]
  /** Absent: every validation column has to be valid. */
  readonly acceptWhen?: Expression
  /** Templates of `outputs.row` by their place in it, as `messages.0.content` or `instruction`; none for tables. */
  readonly output: ReadonlyMap<string, Template>
}
