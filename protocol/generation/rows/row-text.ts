import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { PlannedColumn, RowPlan } from './row-plan.ts'
import { renderOutput } from './render-output.ts'
import { textOf } from './templates/values.ts'

/**
 * The text of an accepted row that is measured: what its messages, or its instruction and answer, say. Of a table: the columns that a
 * model wrote and expressions over these, a judge's and copies of records apart; where there are none, all that is published.
 */
export function createRowText(plan: RowPlan): (cells: RowRecord) => string {
  const { row } = plan.recipe.outputs
  if (row.format === 'messages') {
    const templates = row.messages.map((_, at) => plan.output.get(`messages.${at}.content`))
    return (cells) => templates.map((template) => template?.render(cells) ?? '').join('\n')
  }
  const written = row.format === 'table' ? writtenColumns(plan) : new Set<string>()
  const kept = plan.kept.filter((name) => written.has(name))
  if (kept.length > 0) return (cells) => kept.map((name) => textOf(cells[name] ?? null)).join('\n')
  return (cells) =>
    Object.values(renderOutput(plan, cells))
      .filter((value) => typeof value === 'string')
      .join('\n')
}

function writtenColumns({ columns }: RowPlan): ReadonlySet<string> {
  const written = new Set<string>()
  for (const planned of columns) if (isWritten(planned, written)) written.add(planned.name)
  return written
}

function isWritten(planned: PlannedColumn, written: ReadonlySet<string>): boolean {
  if (planned.kind === 'answer') return planned.column.type !== 'llm-judge'
  return planned.kind === 'expression' && planned.needs.some((need) => written.has(need))
}

/** Text of a record that rows are compared with: all its texts. */
export function recordText(record: RowRecord): string {
  return Object.values(record)
    .filter((value) => value !== null && typeof value !== 'boolean' && typeof value !== 'number')
    .map(textOf)
    .join('\n')
}

/** What the recipe itself says in its templates: no row copies a record with it. */
export function recipeTexts({ recipe }: RowPlan): string[] {
  const templates = recipe.columns.flatMap((column) => {
    if ('prompt' in column) return [column.system ?? '', column.prompt]
    return column.type === 'expression' ? [column.expr] : []
  })
  const { row } = recipe.outputs
  const { format: _, ...output } = row
  const said = 'messages' in output ? output.messages.map(({ content }) => content) : Object.values(output)
  return [...templates, ...said.filter((text) => text !== undefined)]
    .flatMap((template) => template.split(/\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/s))
    .filter((text) => text.trim() !== '')
}
