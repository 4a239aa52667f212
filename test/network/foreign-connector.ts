import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'

export interface ReceivedMessage {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** What it says to a message; `hang`: nothing, and the connection stays open. */
export type ForeignAnswer = 'hang' | { readonly status: number; readonly body?: string; readonly type?: string }

/** A connector of another make: no DID, no membership, plain Dataspace Protocol with a fixed Authorization header. */
export interface ForeignConnector extends AsyncDisposable {
  readonly origin: string
  readonly received: readonly ReceivedMessage[]
  /** The first message of this type that arrives, or has arrived already. */
  message(type: string): Promise<ReceivedMessage>
  /** How it answers what it is told; default: 200 and an empty body. */
  answer: (message: ReceivedMessage) => ForeignAnswer
  send(url: string, message?: object, authorization?: string): Promise<{ status: number; body: unknown }>
}

/** `port` takes the place of a connector that was there before. */
export async function openForeignConnector(authorization: string, port = 0): Promise<ForeignConnector> {
  const received: ReceivedMessage[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      const message = { path: request.url ?? '', authorization: request.headers.authorization, body }
      received.push(message)
      for (const wake of waiting.splice(0)) wake()
      const answer = connector.answer(message)
      if (answer === 'hang') return
      response.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const connector: ForeignConnector = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    received,
    answer: () => ({ status: 200 }),
    message: async (type) => {
      for (;;) {
        const found = received.find(({ body }) => body['@type'] === type)
        if (found !== undefined) return found
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    send: async (url, message, header = authorization) => {
      const response = await fetch(url, {
        method: message === undefined ? 'GET' : 'POST',
        headers: { authorization: header, 'content-type': 'application/json' },
        ...(message === undefined ? {} : { body: JSON.stringify({ '@context': [DSP_CONTEXT], ...message }) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return connector
}
