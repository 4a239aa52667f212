import { Hono } from 'hono'
import { refuse } from '../../protocol/refusal.ts'
import type { Queue } from '../ports/queue.ts'

/** `/jobs/**` of the management API: work that was given up (dead letters), without what it carries. */
export function jobsRoutes(queue: Pick<Queue, 'deadLetters' | 'retry'>): Hono {
  return new Hono()
    .get('/jobs/dead', async (c) => c.json({ jobs: await queue.deadLetters() }))
    .post('/jobs/dead/:id/retry', async (c) => {
      if (await queue.retry(c.req.param('id'))) return c.json({ id: c.req.param('id') })
      return refuse('not-found', 'no job of this id was given up', 'List them: tanemaki node jobs.')
    })
}
