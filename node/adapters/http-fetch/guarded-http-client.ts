import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { type HttpClient, HttpFailure, type HttpRequest, type HttpResponse } from '../../ports/http-client.ts'
import { type GuardOptions, type VettedUrl, vetUrl } from './address-guard.ts'

const defaultMaxBytes = 1024 * 1024
const defaultTimeoutMs = 5000
const keepAlive = { keepAlive: true, maxSockets: 64, timeout: 30_000, scheduling: 'lifo' } as const

/** HttpClient over node:http with the address guard at connect. Connections are kept alive per kind of lookup. */
export function createGuardedHttpClient(guard: GuardOptions): HttpClient {
  const agents = {
    open: { http: new HttpAgent(keepAlive), https: new HttpsAgent(keepAlive) },
    guarded: { https: new HttpsAgent(keepAlive) },
  }
  const send = ({ url, lookup }: VettedUrl, { method, headers }: HttpRequest): ClientRequest => {
    const options = { method, headers: { accept: 'application/json', ...headers } }
    if (url.protocol === 'http:') return httpRequest(url, { ...options, agent: agents.open.http })
    const agent = lookup === undefined ? agents.open.https : agents.guarded.https
    return httpsRequest(url, { ...options, agent, ...(lookup === undefined ? {} : { lookup }) })
  }
  return {
    request: (request) => exchange(() => send(vetUrl(request.url, guard), request), request),
  }
}

async function exchange(open: () => ClientRequest, request: HttpRequest): Promise<HttpResponse> {
  const outgoing = open()
  return new Promise<HttpResponse>((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer)
      outgoing.destroy()
      reject(asFailure(error))
    }
    const timer = setTimeout(
      () => fail(new HttpFailure('the peer took too long to answer')),
      request.timeoutMs ?? defaultTimeoutMs,
    )
    outgoing.on('error', fail)
    outgoing.on('response', (incoming) => {
      receive(incoming, request.maxBytes ?? defaultMaxBytes).then((response) => {
        clearTimeout(timer)
        resolve(response)
      }, fail)
    })
    outgoing.end(request.body)
  })
}

async function receive(incoming: IncomingMessage, maxBytes: number): Promise<HttpResponse> {
  const status = incoming.statusCode ?? 0
  if (status >= 300 && status < 400) throw new HttpFailure('the peer answered with a redirect', { blocked: true })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > maxBytes) throw new HttpFailure('the answer of the peer is too large')
    chunks.push(bytes)
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  return { status, headers, body: Buffer.concat(chunks) }
}

function asFailure(error: Error & { code?: string }): HttpFailure {
  if (error instanceof HttpFailure) return error
  if (error.code === 'EBLOCKED') return new HttpFailure(error.message, { blocked: true, cause: error })
  return new HttpFailure('the peer cannot be reached', { cause: error })
}
