import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { refuse } from '../../protocol/refusal.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Lets only requests with the node's management key through. */
export function requireManagementKey(key: string): MiddlewareHandler {
  const expected = digest(`Bearer ${key}`)
  return async function managementAuth(c, next) {
    if (!timingSafeEqual(digest(c.req.header('authorization') ?? ''), expected)) {
      refuse(
        'unauthorized',
        'the management API needs the management key of this node',
        'Send it as a bearer token; it is in the file management.key of the data folder.',
      )
    }
    await next()
  }
}
