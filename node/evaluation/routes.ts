import { Hono } from 'hono'
import { refuse } from '../../protocol/refusal.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Evaluations } from './operations.ts'

/** Evaluation of this node's datasets for its people. */
export function managementRoutes(evaluations: Evaluations): Hono {
  const app = new Hono()
  app.post('/datasets/:reference/evaluation', (c) =>
    streamProgress(c, (onProgress, signal) => evaluations.evaluate(c.req.param('reference'), { onProgress, signal })),
  )
  app.get('/datasets/:reference/evaluation/full', async (c) => {
    const report = await evaluations.fullReport(c.req.param('reference'))
    if (report === undefined) {
      refuse('not-found', 'the dataset was not evaluated', 'Evaluate it: tanemaki dataset evaluate')
    }
    return c.json(report)
  })
  return app
}
