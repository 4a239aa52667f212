import { type Context, Hono } from 'hono'
import { Refused } from '../protocol/refusal.ts'
import type { Problem } from '../schemas/problem.ts'
import { limitBody } from './http/body-limit.ts'
import { packAnswers } from './http/pack-answers.ts'
import { requireManagementKey } from './http/management-auth.ts'
import { problemOf, problemOfError } from './http/problem.ts'
import type { Gzip } from './ports/gzip.ts'
import { type Logger, errorFields } from './telemetry/logger.ts'

const publicBodyLimit = 256 * 1024

export interface AppOptions {
  /** Routes of the slices. */
  readonly routes: readonly Hono[]
  readonly log: Logger
}

export interface PublicAppOptions extends AppOptions {
  readonly gzip: Gzip
  readonly prefix?: string
}

/**
 * What peers see. Everything that no slice serves is 404. With a `prefix` (the path of the public address) the same is served
 * below it, whether or not a proxy in front takes the prefix away.
 */
export function createPublicApp({ routes, log, gzip, prefix = '/' }: PublicAppOptions): Hono {
  const app = withProblems(new Hono(), log)
  app.use(packAnswers(gzip))
  app.use(limitBody(publicBodyLimit))
  for (const base of new Set(['/', prefix])) for (const slice of routes) app.route(base, slice)
  return app
}

/** What the operator's tools see: JSON under /api for whoever holds the management key, and the health of the node. */
export function createManagementApp({ routes, log, managementKey }: AppOptions & { managementKey: string }): Hono {
  const app = withProblems(new Hono(), log)
  app.get('/health', (c) => c.json({ status: 'ready' }))
  app.use('/api/*', requireManagementKey(managementKey))
  for (const slice of routes) app.route('/api', slice)
  return app
}

function withProblems(app: Hono, log: Logger): Hono {
  app.onError((error, c) => {
    const problem = problemOfError(error)
    if (!(error instanceof Refused)) log.error('request-failed', { method: c.req.method, ...errorFields(error) })
    return answer(c, problem)
  })
  app.notFound((c) => {
    const problem = problemOf({
      code: 'not-found',
      detail: 'there is nothing at this address',
      hint: 'The addresses that a node serves are in its DID document.',
    })
    return answer(c, problem)
  })
  return app
}

/** An error body of DSP 2025-1 names both processes: what belongs to no process is refused there without a body. */
const processPath = /\/dsp\/2025-1\/(?:negotiations|transfers)(?:\/|$)/

/** What is left of a body that is too long is not read, so nothing can follow on its connection. */
const statusHeaders: Readonly<Record<number, Record<string, string>>> = {
  401: { 'www-authenticate': 'Bearer' },
  413: { connection: 'close' },
}

function answer(c: Context, problem: Problem): Response {
  const status = problem.status as 400
  const headers = statusHeaders[status] ?? {}
  if (processPath.test(c.req.path)) return c.body(null, status, headers)
  return c.body(JSON.stringify(problem), status, { 'content-type': 'application/problem+json', ...headers })
}
