import { bodyLimit } from 'hono/body-limit'
import type { MiddlewareHandler } from 'hono'
import { refuse } from '../../protocol/refusal.ts'

/** Refuses request bodies longer than `bytes`, also when they come without a length. */
export function limitBody(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: () =>
      refuse(
        'too-large',
        `the request body is longer than ${bytes} bytes`,
        'Send a smaller body, or page the request.',
      ),
  })
}
