import { Hono } from 'hono'
import * as z from 'zod'
import { readAnyRecipe } from '../../protocol/generation/any-recipe.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { Recipe } from '../../schemas/recipe.ts'
import { DescribeSeeds, SeedFormat, SeedImport } from '../../schemas/seeds.ts'
import { DiscloseRun, VerifyRun } from '../../schemas/lineage.ts'
import { ResumeRun, StartRun } from '../../schemas/runs.ts'
import { limitBody } from '../http/body-limit.ts'
import { parseBody, parseValue } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import { personaRoutes } from './persona-routes.ts'
import type { Generation, Runs, Seeds } from './operations.ts'

const JSON_LIMIT = 16 * 1024 * 1024
const json = limitBody(JSON_LIMIT)
const MOST_LINE = 16 * 1024 * 1024

/** Seeds, personas, recipes and runs for the people of this node. */
export function managementRoutes({ seeds, personas, runs }: Pick<Generation, 'seeds' | 'personas' | 'runs'>): Hono {
  const app = new Hono()
  app.route('/', seedRoutes(seeds))
  app.route('/', personaRoutes(personas))
  app.route('/', runRoutes(runs))
  return app
}

function seedRoutes(seeds: Seeds): Hono {
  const app = new Hono()
  app.post('/seeds/uploads', (c) => {
    const { format } = parseValue({ format: c.req.query('format') }, z.object({ format: SeedFormat }))
    const body = c.req.raw.body
    if (body === null) return refuse('invalid-request', 'the request has no body', 'Send the file as the body.')
    return streamProgress(c, () => seeds.upload(format, body))
  })
  app.post('/seeds', json, async (c) => {
    const request = await parseBody(c, SeedImport)
    return streamProgress(c, (onProgress, signal) => seeds.import(request, { onProgress, signal }))
  })
  app.get('/seeds', async (c) => c.json({ seedSets: await seeds.list() }))
  app.get('/seeds/:reference', async (c) => c.json(await seeds.describe(c.req.param('reference'))))
  app.post('/seeds/:reference', json, async (c) =>
    c.json(await seeds.change(c.req.param('reference'), await parseBody(c, DescribeSeeds))),
  )
  app.post('/seeds/:reference/erase', async (c) => c.json(await seeds.erase(c.req.param('reference'))))
  return app
}

function runRoutes(runs: Runs): Hono {
  const app = new Hono()
  app.post('/recipes/preview', json, async (c) => {
    const { recipe } = await parseBody(c, z.strictObject({ recipe: z.unknown() }))
    return c.json(await runs.preview(strictRecipe(recipe), c.req.raw.signal))
  })
  app.post('/runs', json, async (c) => {
    const { recipe, ...request } = await parseBody(c, StartRun.extend({ recipe: z.unknown() }))
    return c.json(await runs.start({ ...request, recipe: strictRecipe(recipe) }), 202)
  })
  app.get('/runs', async (c) => c.json({ runs: await runs.list() }))
  app.get('/runs/:id', async (c) => {
    const run = await runs.get(c.req.param('id'))
    if (run === undefined) refuse('not-found', 'there is no such run', 'List them with: tanemaki run list')
    return c.json(run)
  })
  app.on(['GET', 'POST'], '/runs/:id/events', (c) =>
    streamProgress(c, (onProgress, signal) => runs.follow(c.req.param('id'), { onProgress, signal })),
  )
  app.on(['GET', 'POST'], '/runs/:id/batch', (c) => {
    const { candidates } = parseValue({ candidates: c.req.query('candidates') }, BatchQuery)
    return streamProgress(c, (onLine, signal) => runs.exportBatch(c.req.param('id'), { candidates, onLine, signal }))
  })
  app.post('/runs/:id/batch-results', (c) => {
    const body = c.req.raw.body
    if (body === null) return refuse('invalid-request', 'the request has no body', 'Send the result file as the body.')
    return streamProgress(c, () => runs.importBatch(c.req.param('id'), linesOf(body)))
  })
  app.post('/runs/:id/report', (c) => streamProgress(c, (_, signal) => runs.report(c.req.param('id'), signal)))
  app.post('/runs/:id/compare', json, async (c) => {
    const { without } = await parseBody(c, z.strictObject({ without: z.string() }))
    return streamProgress(c, (_, signal) => runs.compare({ run: c.req.param('id'), without }, signal))
  })
  app.post('/runs/:id/verify', json, async (c) => {
    const request = await parseBody(c, VerifyRun)
    return streamProgress(c, (_, signal) => runs.verify(c.req.param('id'), request, signal))
  })
  app.post('/runs/:id/disclose', json, async (c) => {
    const request = await parseBody(c, DiscloseRun)
    return streamProgress(c, (_, signal) => runs.disclose(c.req.param('id'), request, signal))
  })
  app.post('/runs/:id/cancel', async (c) => c.json(await runs.cancel(c.req.param('id'))))
  app.post('/runs/:id/resume', json, async (c) =>
    c.json(await runs.resume(c.req.param('id'), await parseBody(c, ResumeRun))),
  )
  return app
}

const BatchQuery = z.object({ candidates: z.coerce.number().int().min(1).max(10_000_000).default(10_000_000) })

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST_LINE) refuse('too-large', 'a line is too long', 'Give the output file of a batch.')
    yield* lines
  }
  yield rest
}

/** Names every fault with its place and, for misspelt members, the one that was meant. */
function strictRecipe(value: unknown): Recipe {
  const recipe = readAnyRecipe(value)
  if ('code' in recipe) throw new Refused(recipe)
  return recipe
}
