import type { Context } from 'hono'
import type * as z from 'zod'
import { placesOf, Refused } from '../../protocol/refusal.ts'

/** The request body as `schema` describes it; refuses with the places that are wrong, never with their values. */
export async function parseBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch (cause) {
    if (cause instanceof Refused) throw cause
    throw new Refused(
      { code: 'invalid-request', detail: 'the body is not JSON', hint: 'Send a JSON document in UTF-8.' },
      { cause },
    )
  }
  return parseValue(value, schema)
}

const PLACES_NAMED = 64

/** `value` as `schema` describes it, or a refusal that lists the places. */
export function parseValue<Schema extends z.ZodType>(value: unknown, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Refused({
    code: 'invalid-request',
    detail: 'the input does not have the expected form',
    hint: 'Correct the listed places.',
    errors: placesOf(parsed.error).slice(0, PLACES_NAMED),
  })
}
