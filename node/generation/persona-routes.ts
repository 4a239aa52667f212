import { Hono } from 'hono'
import * as z from 'zod'
import { refuse } from '../../protocol/refusal.ts'
import { PersonaDedup, PersonaImport, PersonaSample } from '../../schemas/personas.ts'
import { SeedFormat } from '../../schemas/seeds.ts'
import { limitBody } from '../http/body-limit.ts'
import { parseBody, parseValue } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Personas } from './personas/personas.ts'

const json = limitBody(128 * 1024 * 1024)
const Examples = z.object({ examples: z.coerce.number().int().min(0).max(100).default(3) })

/** Persona packs for the people of this node. */
export function personaRoutes(personas: Personas): Hono {
  const app = new Hono()
  app.post('/personas/uploads', (c) => {
    const { format } = parseValue({ format: c.req.query('format') }, z.object({ format: SeedFormat }))
    const body = c.req.raw.body
    if (body === null) return refuse('invalid-request', 'the request has no body', 'Send the file as the body.')
    return streamProgress(c, () => personas.upload(format, body))
  })
  app.post('/personas', json, async (c) => {
    const request = await parseBody(c, PersonaImport)
    return streamProgress(c, (onProgress, signal) => personas.import(request, { onProgress, signal }))
  })
  app.post('/personas/sample', json, async (c) => {
    const request = await parseBody(c, PersonaSample)
    return streamProgress(c, (onProgress, signal) => personas.sample(request, { onProgress, signal }))
  })
  app.get('/personas', async (c) => c.json({ packs: await personas.list() }))
  app.get('/personas/:reference', async (c) => {
    const { examples } = parseValue({ examples: c.req.query('examples') }, Examples)
    return c.json(await personas.show(c.req.param('reference'), examples))
  })
  app.post('/personas/:reference/dedup', json, async (c) => {
    const request = await parseBody(c, PersonaDedup)
    const reference = c.req.param('reference')
    return streamProgress(c, (onProgress, signal) => personas.dedup(reference, request, { onProgress, signal }))
  })
  app.post('/personas/:reference/erase', async (c) => c.json(await personas.erase(c.req.param('reference'))))
  return app
}
