import type * as z from 'zod'
import { placesOf, Refused } from '../../protocol/refusal.ts'

/** What a document says, or a refusal that lists the places that are wrong, never their values. */
export function parseDocument<Schema extends z.ZodType>(schema: Schema, document: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new Refused({
    code: 'invalid-request',
    detail: 'what was given does not have the expected form',
    hint: 'Correct the listed places.',
    errors: placesOf(parsed.error),
  })
}
