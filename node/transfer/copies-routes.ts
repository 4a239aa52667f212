import { Hono } from 'hono'
import * as z from 'zod'
import { PullRequest } from '../../schemas/copies.ts'
import { PageQuery } from '../http/page-query.ts'
import { parseBody, parseValue } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Copies } from './copies.ts'

const VerifyRequest = z.strictObject({ flat: z.boolean().default(false) })

/** `/api/copies`: what this node holds of others' data. */
export function copiesRoutes({ copies }: { copies: Copies }): Hono {
  return new Hono()
    .get('/copies', async (c) => {
      const { limit, before } = parseValue(c.req.query(), PageQuery)
      return c.json({ copies: await copies.list({ limit, ...(before === undefined ? {} : { before }) }) })
    })
    .post('/copies', async (c) => c.json(await copies.pull(await parseBody(c, PullRequest)), 202))
    .get('/copies/:reference', async (c) => {
      const copy = await copies.find(c.req.param('reference'))
      return c.json({ copy, path: copies.path(copy), progress: copies.progress(copy) })
    })
    .post('/copies/:reference/follow', async (c) => {
      const { id } = await copies.find(c.req.param('reference'))
      return streamProgress(c, (onProgress, signal) => copies.follow(id, onProgress, signal))
    })
    .post('/copies/:reference/verify', async (c) => {
      const { flat } = await parseBody(c, VerifyRequest)
      const { id } = await copies.find(c.req.param('reference'))
      return streamProgress(c, (onProgress, signal) => copies.verify(id, { flat, onProgress, signal }))
    })
}
