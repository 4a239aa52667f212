import type { RowColumn } from '../../../schemas/row-columns.ts'

/**
 * Members of a value as far as they are known before a run. `open`: any may be there. `none`: the value is no record.
 */
export type KnownMembers = 'open' | 'none' | { readonly [member: string]: KnownMembers }

/** Columns of the records of each source, where the node knows them. */
export type SourceColumns = Readonly<Record<string, readonly string[]>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function membersOfSchema(schema: unknown): KnownMembers {
  if (!isObject(schema)) return 'open'
  if (['string', 'number', 'integer', 'boolean', 'null'].includes(String(schema['type']))) return 'none'
  const { properties, additionalProperties } = schema
  if (!isObject(properties) || additionalProperties === true || isObject(additionalProperties)) return 'open'
  return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, membersOfSchema(part)]))
}

/** Members that a template can read of a column's value. */
export function knownMembers(column: RowColumn, sources: SourceColumns): KnownMembers {
  switch (column.type) {
    case 'seed':
    case 'persona': {
      const member = column.type === 'seed' ? column.column : column.field
      const known = sources[column.source]
      if (member !== undefined || known === undefined) return 'open'
      return Object.fromEntries(known.map((name) => [name, 'open' as const]))
    }
    case 'llm-structured':
      return membersOfSchema(column.schema)
    case 'llm-judge':
      return Object.fromEntries(column.scores.map(({ name }) => [name, { reasoning: 'none', score: 'none' } as const]))
    case 'validation':
      return {
        valid: 'none',
        failed: 'open',
        ...Object.fromEntries(column.validators.map((name) => [name, 'open' as const])),
      }
    case 'sampler':
    case 'llm-text':
    case 'expression':
    case 'embedding':
      break
  }
  return 'none'
}
