import * as z from 'zod'
import type { Refusal } from '../refusal.ts'

/** What EDC sends with every catalog request; a filter expression in it is not supported. */
const QuerySpec = z.object({
  offset: z.int().nonnegative().max(1_000_000_000).default(0),
  limit: z.int().min(1).max(1_000_000_000).default(50),
  filterExpression: z.array(z.unknown()).max(0).default([]),
})

export interface PageRequest {
  readonly offset: number
  readonly limit: number
}

const LARGEST_PAGE = 100

/**
 * The page that a catalog request asks for. `filter` is absent, empty, or one QuerySpec without a filter expression; everything
 * else is a refusal, as DSP 2025-1 wants for filters a provider does not support.
 */
export function readCatalogQuery(
  filter: readonly unknown[] | undefined,
  continuation: string | undefined,
): PageRequest | Refusal {
  const [first, ...more] = filter ?? []
  const offset = continuation === undefined ? undefined : Number(continuation)
  if (offset !== undefined && (!Number.isSafeInteger(offset) || offset < 0)) {
    return unsupported('the continuation token is not one of this node')
  }
  if (first === undefined) return { offset: offset ?? 0, limit: LARGEST_PAGE }
  const spec = QuerySpec.safeParse(withoutPrefixes(first))
  if (!spec.success || more.length > 0) return unsupported('this filter is not supported')
  return { offset: offset ?? spec.data.offset, limit: Math.min(spec.data.limit, LARGEST_PAGE) }
}

function withoutPrefixes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.replace(/^.*[:/]/, ''), member]))
}

function unsupported(detail: string): Refusal {
  return { code: 'invalid-request', detail, hint: 'Leave the filter out, or send a QuerySpec with offset and limit.' }
}
