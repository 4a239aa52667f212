import type { CellValue } from '../../../schemas/row-columns.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { PlannedColumn, PlannedExpression, PlannedRecord, RowPlan } from './row-plan.ts'
import { convert } from './sampler-conversion.ts'
import { TemplateError } from './templates/syntax.ts'
import { holdsFor } from './templates/template.ts'
import { holds, memberOf } from './templates/values.ts'

/** Cell of a seed or persona column: the record of its source, or a member of it; null where the record lacks that. */
export function recordCell({ member }: PlannedRecord, record: RowRecord): CellValue {
  return member === undefined ? record : (memberOf(record, member) ?? null)
}

/** Cell of an expression column. Throws TemplateError, also when the text is none of the declared type. */
export function expressionCell({ column, template }: PlannedExpression, row: RowRecord): CellValue {
  const text = template.render(row)
  if (column.dtype === 'string') return text
  const value = convert(text, column.dtype)
  if (value === undefined) throw new TemplateError(`the result is no ${column.dtype}`, template.source, 0)
  return value
}

/**
 * The value that a cell has without being made, when it is skipped: because a column that it needs was skipped (unless it
 * takes that), or because its condition holds. Undefined when it has to be made. Throws TemplateError.
 */
export function skippedCell(
  planned: PlannedColumn,
  row: RowRecord,
  skipped: ReadonlySet<string>,
): { readonly value: CellValue } | undefined {
  if (planned.kind === 'sampler' || planned.kind === 'record') return undefined
  const { column, needs, skipWhen } = planned
  const value = column.skip?.value ?? null
  if (column.propagateSkip && needs.some((name) => skipped.has(name))) return { value }
  return skipWhen !== undefined && holdsFor(skipWhen, row) ? { value } : undefined
}

/**
 * Whether a row whose cells are all made is accepted: by the recipe's condition, or without one when every validation
 * that was not skipped is valid. Throws TemplateError.
 */
export function isAccepted({ acceptWhen, columns }: RowPlan, row: RowRecord): boolean {
  if (acceptWhen !== undefined) return holdsFor(acceptWhen, row)
  return columns.every(({ kind, name }) => {
    const valid = kind === 'validation' ? memberOf(row[name] ?? null, 'valid') : undefined
    return valid === undefined || holds(valid)
  })
}
