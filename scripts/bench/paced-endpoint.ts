// A model endpoint whose pace is exactly known, in a process of its own: node scripts/bench/paced-endpoint.ts '{"capacity":32}'
// prints {"port":…} once it listens. It answers as OpenAI's interface does; what it says is a function of the request alone.
//   POST /control/reset   forgets what was measured, and takes new options in its body
//   GET  /control/report  → PacedReport; busy share over [?from, ?to] in ms since the reset
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

const Share = z.number().min(0).max(1)
const PacedOptions = z.strictObject({
  /** Calls that are worked on at the same time. */
  capacity: z.int().min(1).default(32),
  latencyMs: z.number().min(0).default(200),
  /** `heavy`: log-normal with σ = 1 around the latency as median, at most fifty times as long. */
  tail: z.enum(['none', 'heavy']).default('none'),
  /** Beyond the capacity: calls wait for their turn, or are rejected with 429. */
  beyond: z.enum(['queue', 'reject']).default('queue'),
  /** Retry-After of rejections, in seconds. */
  retryAfter: z.number().min(0).optional(),
  /** Share of answers that are cut in the middle, with finish_reason length. */
  truncated: Share.default(0),
  /** Only calls with this max_tokens are counted in `calls` and `distinct`: probes have others. */
  counted: z.int().optional(),
  /** Share of calls that take twenty times as long. */
  slow: Share.default(0),
})
type PacedOptions = z.infer<typeof PacedOptions>
export type PacedInput = z.input<typeof PacedOptions>

export interface PacedReport {
  readonly calls: number
  /** Among the calls, with different bytes. */
  readonly distinct: number
  readonly answers: number
  readonly rejections: number
  /** Calls that are at work or wait now. */
  readonly underWay: number
  /** Calls whose client went away first. */
  readonly abandoned: number
  /** Calls whose bytes were those of an earlier call since the reset. */
  readonly repeated: number
  /** Share of the time with at least 95 % of the capacity at work. */
  readonly busy: number
  /** Most calls at work at the same time. */
  readonly most: number
  readonly measuredMs: number
  readonly cpuSeconds: number
}

const ChatBody = z.object({
  model: z.string(),
  messages: z.array(z.object({ content: z.string() })),
  seed: z.number(),
  max_tokens: z.number(),
  response_format: z.object({ json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }) }).optional(),
})
const EmbedBody = z.object({ model: z.string(), input: z.array(z.string()) })

let options: PacedOptions
let since: number
let running = 0
let counts: { calls: number; answers: number; rejections: number; abandoned: number; repeated: number; most: number }
/** When how many were at work: pairs of time and number. */
let changes: (readonly [number, number])[]
let seen: Set<string>
let asked: Set<string>
let cpuBefore: NodeJS.CpuUsage
const waiting: (() => void)[] = []

function reset(input: unknown): void {
  options = PacedOptions.parse(input)
  since = performance.now()
  counts = { calls: 0, answers: 0, rejections: 0, abandoned: 0, repeated: 0, most: running }
  changes = [[0, running]]
  seen = new Set()
  asked = new Set()
  cpuBefore = process.cpuUsage()
}

function setRunning(value: number): void {
  running = value
  counts.most = Math.max(counts.most, value)
  changes.push([performance.now() - since, value])
}

function report(from: number, to: number): PacedReport {
  const full = Math.ceil(0.95 * options.capacity)
  let busyMs = 0
  for (const [at, [start, value]] of changes.entries()) {
    const end = changes[at + 1]?.[0] ?? to
    if (value >= full) busyMs += Math.max(0, Math.min(end, to) - Math.max(start, from))
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    ...counts,
    distinct: asked.size,
    underWay: running + waiting.length,
    busy: busyMs / (to - from),
    measuredMs: to - from,
    cpuSeconds: (user + system) / 1e6,
  }
}

interface Sent {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

function send(response: ServerResponse, value: unknown, { status = 200, headers = {} }: Sent = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** Numbers in [0, 1) that the bytes of a request decide. */
function drawsOf(text: string): readonly number[] {
  const digest = createHash('sha256').update(text).digest()
  return Array.from({ length: 8 }, (_, at) => digest.readUInt32LE(4 * at) / 2 ** 32)
}

function durationOf(draws: readonly number[]): number {
  const [u = 0, v = 0, slow = 0] = draws
  const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
  const spread = options.tail === 'heavy' ? Math.min(50, Math.exp(normal)) : 1
  return options.latencyMs * spread * (slow < options.slow ? 20 : 1)
}

function count(text: string): void {
  if (options.counted !== undefined && !text.includes(`"max_tokens":${options.counted},`)) return
  counts.calls++
  asked.add(createHash('sha256').update(text).digest('base64'))
}

function ask(path: string, text: string, response: ServerResponse): void {
  count(text)
  if (running >= options.capacity && options.beyond === 'reject') {
    counts.rejections++
    const wait = options.retryAfter === undefined ? {} : { 'retry-after': String(options.retryAfter) }
    return send(
      response,
      { error: { message: 'too many requests', code: 'rate_limit_exceeded' } },
      { status: 429, headers: wait },
    )
  }
  const draws = drawsOf(text)
  const work = () => {
    setRunning(running + 1)
    setTimeout(() => {
      setRunning(running - 1)
      waiting.shift()?.()
      if (response.destroyed) counts.abandoned++
      else answer(path, text, response)
    }, durationOf(draws))
  }
  if (running < options.capacity) work()
  else waiting.push(work)
}

function answer(path: string, text: string, response: ServerResponse): void {
  counts.answers++
  const digest = createHash('sha256').update(text).digest('base64')
  if (seen.has(digest)) counts.repeated++
  else seen.add(digest)
  send(response, path.endsWith('/embeddings') ? vectorsFor(text) : completionFor(text, drawsOf(text)))
}

function vectorsFor(text: string): unknown {
  const { model, input } = EmbedBody.parse(JSON.parse(text))
  const data = input.map((each, index) => ({ index, embedding: drawsOf(each).map((draw) => draw - 0.5) }))
  return { object: 'list', model, data, usage: { prompt_tokens: 10 * input.length, total_tokens: 10 * input.length } }
}

const words =
  'the seed grows in the quiet field while the river turns and people gather new words for old things'.split(' ')

function completionFor(text: string, draws: readonly number[]): unknown {
  const { model, messages, max_tokens: most, response_format: format } = ChatBody.parse(JSON.parse(text))
  const [, , , cut = 0, length = 0, first = 0] = draws
  const count = Math.max(1, Math.min(most, Math.round(20 + 60 * length)))
  const sentence = Array.from({ length: count }, (_, at) => words[(Math.floor(first * 1e6) + at * at) % words.length])
  const whole =
    format === undefined
      ? sentence.join(' ')
      : JSON.stringify(valueOf(format.json_schema.schema, draws, sentence.join(' ')))
  const truncated = cut < options.truncated
  const content = truncated ? whole.slice(0, Math.ceil(whole.length / 2)) : whole
  const prompt = messages.reduce((sum, message) => sum + Math.ceil(message.content.length / 4), 0)
  return {
    id: 'chatcmpl-paced',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content },
        finish_reason: truncated ? 'length' : 'stop',
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: prompt, completion_tokens: count, total_tokens: prompt + count },
  }
}

/** A value that keeps the usual keywords of a schema. */
function valueOf(schema: Record<string, unknown>, draws: readonly number[], text: string): unknown {
  const choices = schema['enum']
  const draw = draws[6] ?? 0
  if (Array.isArray(choices)) return choices[Math.floor(draw * choices.length)]
  if ('const' in schema) return schema['const']
  const least = typeof schema['minimum'] === 'number' ? schema['minimum'] : 0
  if (schema['type'] === 'integer' || schema['type'] === 'number') return least
  if (schema['type'] === 'boolean') return draw < 0.5
  if (schema['type'] === 'null') return null
  if (schema['type'] === 'array') {
    const items = (schema['items'] ?? { type: 'string' }) as Record<string, unknown>
    const length = typeof schema['minItems'] === 'number' ? schema['minItems'] : 1
    return Array.from({ length }, () => valueOf(items, draws, text))
  }
  if (schema['type'] === 'object' || 'properties' in schema) {
    const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>
    return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valueOf(each, draws, text)]))
  }
  return typeof schema['maxLength'] === 'number' ? text.slice(0, schema['maxLength']) : text
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

reset(JSON.parse(process.argv[2] ?? '{}'))
const server = createServer((request, response) => {
  void (async () => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://paced')
    const text = await textOf(request)
    if (pathname === '/control/reset') {
      reset(text === '' ? options : JSON.parse(text))
      return send(response, options)
    }
    if (pathname === '/control/report') {
      const now = performance.now() - since
      return send(response, report(Number(searchParams.get('from') ?? 0), Number(searchParams.get('to') ?? now)))
    }
    if (pathname.endsWith('/models'))
      return send(response, { object: 'list', data: [{ id: 'paced', max_model_len: 32_768 }] })
    return ask(pathname, text, response)
  })().catch(() => send(response, { error: { message: 'malformed request' } }, { status: 400 }))
})
// Ends with the process that started it, however that ended.
process.stdin.on('end', () => process.exit(0)).resume()
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })))
