import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import type { StatuteLanguage } from '../../demo/statutes.ts'
import { paraphrase, paraphraserModel } from './paraphraser.ts'

const Chat = z.object({
  messages: z.array(z.object({ content: z.string() })).min(1),
  seed: z.int().default(0),
  max_tokens: z.int().min(1).default(512),
})

export interface ParaphraserServer {
  readonly url: string
  close(): Promise<void>
}

/** The scripted paraphraser behind the interface of a model server, on this machine alone. */
export async function startParaphraser(language: StatuteLanguage): Promise<ParaphraserServer> {
  const server = createServer((request, response) => {
    void answerTo(request, language)
      .catch(() => ({ status: 400, body: { error: { message: 'not a chat request' } } }))
      .then(({ status, body }) => send(response, status, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function answerTo(
  request: IncomingMessage,
  language: StatuteLanguage,
): Promise<{ status: number; body: unknown }> {
  if (request.url?.endsWith('/models') === true) return { status: 200, body: { data: [{ id: paraphraserModel }] } }
  if (request.url?.endsWith('/chat/completions') !== true) return { status: 404, body: {} }
  const chat = Chat.parse(JSON.parse(await textOf(request)))
  const prompt = chat.messages.at(-1)?.content ?? ''
  const said = paraphrase(prompt, chat.seed, language) ?? 'I only rewrite questions about the statute.'
  const words = said.split(' ')
  const content = words.slice(0, chat.max_tokens).join(' ')
  const usage = { prompt_tokens: prompt.split(' ').length, completion_tokens: Math.min(words.length, chat.max_tokens) }
  const finish_reason = words.length > chat.max_tokens ? 'length' : 'stop'
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason }]
  return {
    status: 200,
    body: {
      object: 'chat.completion',
      model: paraphraserModel,
      choices,
      usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}
