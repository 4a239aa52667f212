import type { TableColumn } from '../../../schemas/datasets.ts'
import type { RowColumn, Sampler } from '../../../schemas/row-columns.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { RowPlan } from './row-plan.ts'
import { textOf } from './templates/values.ts'

/** A value of a published row, as tables hold it. */
export type PublishedCell = string | number | boolean | null

const text = (name: string): TableColumn => ({ name, type: 'string', nullable: false })

/** Columns of the published table. Lists and records, `messages` among them, are published as JSON texts. */
export function outputColumns({ recipe }: RowPlan): TableColumn[] {
  const { row } = recipe.outputs
  switch (row.format) {
    case 'table':
      return recipe.columns.filter(({ drop }) => !drop).map(tableColumn)
    case 'messages':
      return [text('messages')]
    case 'alpaca':
      return [text('instruction'), text('input'), text('output')]
    case 'prompt-completion':
      return [text('prompt'), text('completion')]
    case 'preference':
      break
  }
  return [text('prompt'), text('chosen'), text('rejected')]
}

/** An accepted row as it is published, in the order of `outputColumns`. Throws TemplateError. */
export function renderOutput(plan: RowPlan, row: RowRecord): Record<string, PublishedCell> {
  const { row: output } = plan.recipe.outputs
  const rendered = (member: string): string => plan.output.get(member)?.render(row) ?? ''
  if (output.format === 'messages')
    return {
      messages: JSON.stringify(
        output.messages.map(({ role }, at) => ({ role, content: rendered(`messages.${at}.content`) })),
      ),
    }
  const columns = outputColumns(plan)
  if (output.format !== 'table') return Object.fromEntries(columns.map(({ name }) => [name, rendered(name)]))
  return Object.fromEntries(columns.map(({ name, type }) => [name, publishedCell(row[name] ?? null, type)]))
}

function publishedCell(value: RowRecord[string], type: TableColumn['type']): PublishedCell {
  if (value === null || (type !== 'string' && typeof value !== 'object')) return value
  return textOf(value)
}

function tableColumn(column: RowColumn): TableColumn {
  const described = column.description === undefined ? {} : { description: column.description }
  return { name: column.name, ...typeOf(column), ...described }
}

type Typed = Pick<TableColumn, 'type' | 'nullable'>

function typeOf(column: RowColumn): Typed {
  switch (column.type) {
    case 'sampler':
      return samplerColumnType(column)
    case 'expression': {
      const nullable = column.skip !== undefined || column.propagateSkip
      // A skipped cell may hold any scalar: only a text can say them all.
      if (column.skip !== undefined && !fits(column.skip.value, column.dtype)) return { type: 'string', nullable }
      return { type: TYPES[column.dtype], nullable }
    }
    case 'seed':
    case 'persona':
    case 'llm-text':
    case 'llm-structured':
    case 'llm-judge':
    case 'validation':
    case 'embedding':
      break
  }
  return { type: 'string', nullable: true }
}

const TYPES = { string: 'string', integer: 'int64', number: 'double', boolean: 'boolean' } as const

function fits(value: string | number | boolean | null, dtype: keyof typeof TYPES): boolean {
  if (value === null) return true
  return dtype === 'integer' ? Number.isInteger(value) : typeof value === dtype
}

function samplerColumnType(column: Extract<RowColumn, { type: 'sampler' }>): Typed {
  const all = [column.sampler, ...(column.conditional ?? []).map(({ sampler }) => sampler)].map(samplerType)
  const nullable = all.some((each) => each.nullable)
  if (column.convertTo !== undefined) return { type: TYPES[column.convertTo], nullable }
  const types = new Set(all.map(({ type }) => type))
  const [only = 'string'] = types
  if (types.size === 1) return { type: only, nullable }
  const numeric = [...types].every((type) => type === 'int64' || type === 'double')
  return { type: numeric ? 'double' : 'string', nullable }
}

function samplerType(sampler: Sampler): Typed {
  switch (sampler.kind) {
    case 'category':
      return scalarsType(sampler.values)
    case 'subcategory':
      return scalarsType(Object.values(sampler.values).flat())
    case 'integer':
    case 'zipf':
    case 'bernoulli':
    case 'binomial':
    case 'poisson':
      return { type: 'int64', nullable: false }
    case 'uniform':
    case 'gaussian':
    case 'truncated-gaussian':
    case 'lognormal':
    case 'exponential':
    case 'gamma':
    case 'beta':
      return { type: 'double', nullable: false }
    case 'datetime': {
      const ofDays = sampler.start.length === 10 && ['day', 'month', 'year'].includes(sampler.unit)
      return { type: ofDays ? 'date' : 'string', nullable: false }
    }
    case 'timedelta':
    case 'uuid':
      break
  }
  return { type: 'string', nullable: false }
}

function scalarsType(values: readonly (string | number | boolean | null)[]): Typed {
  const nullable = values.includes(null)
  const present = values.filter((value) => value !== null)
  const type = present.every(Number.isSafeInteger)
    ? 'int64'
    : present.every((value) => typeof value === 'number')
      ? 'double'
      : present.every((value) => typeof value === 'boolean')
        ? 'boolean'
        : 'string'
  return { type: present.length === 0 ? 'string' : type, nullable }
}
