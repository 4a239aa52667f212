import { Hono } from 'hono'
import * as z from 'zod'
import { PullRequest } from '../../schemas/copies.ts'
import { pageOf } from '../http/page-query.ts'
import { parseBody } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { DatasetChains } from '../ports/dataset-chains.ts'
import type { Copies } from './copies.ts'

const VerifyRequest = z.strictObject({ flat: z.boolean().default(false) })

/** `/api/copies`: what this node holds of others' data. */
export function copiesRoutes({ copies, chains }: { copies: Copies; chains: DatasetChains }): Hono {
  return new Hono()
    .get('/copies', async (c) => c.json({ copies: await copies.list(pageOf(c)) }))
    .post('/copies', async (c) => c.json(await copies.pull(await parseBody(c, PullRequest)), 202))
    .get('/copies/:reference', async (c) => {
      const copy = await copies.find(c.req.param('reference'))
      const { manifestId } = copy
      const inputs = manifestId === undefined ? [] : await chains.of([{ manifestId }])
      return c.json({
        copy,
        path: copies.path(copy),
        progress: copies.progress(copy),
        inputs: inputs[0]?.inputs ?? [],
      })
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
