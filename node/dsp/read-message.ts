import type { Context } from 'hono'
import type * as z from 'zod'
import { parseStrictJson, StrictJsonError } from '../../protocol/canonical/strict-json.ts'
import { withoutEmptyLists } from '../../protocol/dsp/empty-lists.ts'
import { Refused } from '../../protocol/refusal.ts'
import { parseValue } from '../http/parse-body.ts'

/** Deepest nesting of a message that is read; the deepest policy that this node writes has 6 levels. */
const DEEPEST = 48

/** The message in the body as `schema` describes it, unknown members allowed. Throws Refused `invalid-request`. */
export async function readDspMessage<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  const value = jsonBody(new Uint8Array(await c.req.arrayBuffer()))
  if (deeperThan(value, DEEPEST)) {
    throw new Refused({
      code: 'invalid-request',
      detail: `the message is nested more than ${DEEPEST} levels deep`,
      hint: 'Send flatter conditions.',
    })
  }
  return parseValue(withoutEmptyLists(value), schema)
}

function jsonBody(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes)
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw new Refused(
      {
        code: 'invalid-request',
        detail: `the body is not JSON: ${cause.message}`,
        hint: 'Send a JSON document in UTF-8.',
      },
      { cause },
    )
  }
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => deeperThan(member, levels - 1))
}
