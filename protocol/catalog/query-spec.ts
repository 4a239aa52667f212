import * as z from 'zod'
import { CatalogFilter } from '../../schemas/catalog.ts'
import { operandTexts } from '../policy/values.ts'
import { joinFilters } from './filter.ts'

const Criterion = z.object({ operandLeft: z.unknown(), operator: z.string(), operandRight: z.unknown() })

/** What EDC sends with every catalog request. */
const QuerySpec = z.strictObject({
  '@type': z.string().optional(),
  '@id': z.string().optional(),
  offset: z.int().nonnegative().max(1_000_000_000).default(0),
  limit: z.int().min(1).max(1_000_000_000).default(50),
  sortOrder: z.enum(['ASC', 'DESC']).optional(),
  filterExpression: z
    .preprocess(
      (value) => (value === undefined || Array.isArray(value) ? value : [value]),
      z.array(z.unknown()).max(16).optional(),
    )
    .optional(),
})

/** Properties that a criterion may be about, with the operators that mean what our filter means. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  keyword: ['=', 'contains'],
  publisher: ['='],
  conformsTo: ['='],
  purpose: ['='],
}

export interface ReadQuerySpec {
  readonly offset: number
  readonly limit?: number
  readonly filter: CatalogFilter
}

/** A QuerySpec of EDC, with or without prefixes; undefined when something in it is not supported. */
export function readQuerySpec(value: unknown): ReadQuerySpec | undefined {
  const spec = QuerySpec.safeParse(withoutPrefixes(value))
  if (!spec.success || withoutPrefix(spec.data['@type'] ?? 'QuerySpec') !== 'QuerySpec') return undefined
  let filter: CatalogFilter = {}
  for (const expression of spec.data.filterExpression ?? []) {
    const criterion = filterOf(expression)
    const joined = criterion === undefined ? undefined : joinFilters(filter, criterion)
    if (joined === undefined) return undefined
    filter = joined
  }
  const { offset, limit } = spec.data
  return { offset, limit, filter }
}

function filterOf(expression: unknown): CatalogFilter | undefined {
  const criterion = Criterion.safeParse(withoutPrefixes(expression))
  if (!criterion.success) return undefined
  const { operandLeft, operator, operandRight } = criterion.data
  const property = withoutPrefix(operandTexts(operandLeft)?.join() ?? '')
  const value = operandTexts(operandRight)
  if (value?.length !== 1 || OPERATORS[property]?.includes(operator) !== true) return undefined
  return CatalogFilter.safeParse({ [property]: value[0] }).data
}

function withoutPrefix(name: string): string {
  return name.replace(/^.*[:/#]/, '')
}

function withoutPrefixes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [withoutPrefix(name), member]))
}
