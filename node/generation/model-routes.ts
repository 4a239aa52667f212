import { Hono } from 'hono'
import { refuse } from '../../protocol/refusal.ts'
import { CheckEndpoint, type EndpointSummary } from '../../schemas/models.ts'
import { parseBody } from '../http/parse-body.ts'
import type { ModelEndpoint, Models } from '../ports/models.ts'

/** `/models/**` of the management API: the node's model endpoints, without their keys, and what they can do. */
export function modelRoutes(models: Models): Hono {
  return new Hono()
    .get('/models', (c) => c.json({ endpoints: models.list().map(summaryOf) }))
    .post('/models/:name/check', async (c) => {
      const { model } = await parseBody(c, CheckEndpoint)
      const endpoint =
        models.endpoint(c.req.param('name')) ??
        refuse(
          'not-found',
          'the node has no model endpoint of this name',
          'List them: tanemaki model list. docs/models.md says how to add one.',
        )
      return c.json(await endpoint.probe(model, c.req.raw.signal, { fresh: true }))
    })
}

function summaryOf(endpoint: ModelEndpoint): EndpointSummary {
  const { name, origin, server, loopback, maxConcurrency, requestsPerMinute, tokensPerMinute, price } = endpoint
  return { name, origin, server, loopback, maxConcurrency, requestsPerMinute, tokensPerMinute, price }
}
