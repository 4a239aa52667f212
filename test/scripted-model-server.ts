import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface AskedOfModel {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
  /** Settles when the client has gone away before the answer. */
  readonly gone: Promise<void>
}

export type ModelScript = (asked: AskedOfModel, response: ServerResponse) => void

/** A model server that answers as a script says, truth or lie. */
export interface ScriptedModelServer extends AsyncDisposable {
  readonly url: string
  readonly asked: AskedOfModel[]
  /** Connections taken so far. */
  connections(): number
  /** What it answers from now on. */
  script: ModelScript
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** A completion as OpenAI's interface has it. */
export function completion(text: string | null, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'small',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } },
    ...rest,
  }
}

/** Keeps the schema, the seed and the rest of the interface, with answers that are a function of the request. */
export const honestScript: ModelScript = ({ path, body }, response) => {
  if (path.endsWith('/models')) return sendJson(response, { data: [{ id: 'small', max_model_len: 4096 }] })
  if (path.endsWith('/embeddings')) {
    const texts = body['input'] as string[]
    const data = texts.map((text, index) => ({ index, embedding: [text.length, 1, 0] })).reverse()
    return sendJson(response, { model: body['model'], data, usage: { prompt_tokens: texts.length } })
  }
  const format = body['response_format'] as { json_schema: { schema: Record<string, unknown> } } | undefined
  const maxTokens = body['max_tokens'] as number
  const said = format === undefined ? `seed ${String(body['seed'])}` : firstOf(format.json_schema.schema)
  const cut = maxTokens === 1
  sendJson(
    response,
    completion(null, {
      model: body['model'],
      choices: [
        {
          message: { content: cut ? said.slice(0, 1) : said },
          finish_reason: cut ? 'length' : 'stop',
          ...(body['logprobs'] === true ? { logprobs: { content: [{ token: 's', logprob: -0.5 }] } } : {}),
        },
      ],
    }),
  )
}

/** A value that keeps a schema of objects with enumerated texts. */
function firstOf(schema: Record<string, unknown>): string {
  const properties = (schema['properties'] ?? {}) as Record<string, { enum?: unknown[] }>
  return JSON.stringify(
    Object.fromEntries(Object.entries(properties).map(([name, { enum: choices }]) => [name, choices?.[0] ?? 'text'])),
  )
}

export async function startScriptedModelServer(script: ModelScript = honestScript): Promise<ScriptedModelServer> {
  const sockets = new Set<Socket>()
  let taken = 0
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString()
      const gone = new Promise<void>((resolve) => {
        response.once('close', () => {
          if (!response.writableFinished) resolve()
        })
      })
      const asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
        gone,
      }
      started.asked.push(asked)
      started.script(asked, response)
    })
  })
  server.on('connection', (socket: Socket) => {
    taken++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const started: ScriptedModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    connections: () => taken,
    script,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return started
}
