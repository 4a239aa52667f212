import type { Context } from 'hono'
import * as z from 'zod'
import { parseValue } from './parse-body.ts'

/** Query of a list, newest first: at most `limit` items, only those before `before` (ms since 1970). */
const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().nonnegative().optional(),
})

/** The page that a request asks for, or a refusal of its query. */
export function pageOf(c: Context): { limit: number; before?: number } {
  const { limit, before } = parseValue(c.req.query(), PageQuery)
  return before === undefined ? { limit } : { limit, before }
}
