import * as z from 'zod'

/** Query of a list, newest first: at most `limit` items, only those before `before` (ms since 1970). */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().nonnegative().optional(),
})
