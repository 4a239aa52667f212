import * as z from 'zod'
import { readStrictJson } from '../../canonical/strict-json.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { PlannedColumn, RowPlan } from './row-plan.ts'
import type { PublishedCell } from './render-output.ts'
import { textOf } from './templates/values.ts'

/**
 * The text of a published row that is measured: what its messages, or its instruction and answer, say. Of a table: the columns that a
 * model wrote and expressions over these, a judge's and copies of records apart; where there are none, all texts.
 */
export function createRowText(plan: RowPlan): (row: Readonly<Record<string, PublishedCell>>) => string {
  const { row: output } = plan.recipe.outputs
  if (output.format === 'messages') return ({ messages }) => messagesText(String(messages ?? '[]'))
  const written = output.format === 'table' ? writtenColumns(plan) : new Set<string>()
  const kept = plan.kept.filter((name) => written.has(name))
  if (kept.length > 0) return (row) => kept.map((name) => String(row[name] ?? '')).join('\n')
  return (row) =>
    Object.values(row)
      .filter((value) => typeof value === 'string')
      .join('\n')
}

const Messages = z.array(z.object({ content: z.string() }))

function messagesText(json: string): string {
  const messages = Messages.safeParse(readStrictJson(json))
  return (messages.data ?? []).map(({ content }) => content).join('\n')
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
