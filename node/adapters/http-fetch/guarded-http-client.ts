import { type Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type HttpClient, HttpFailure, type HttpRequest, type HttpResponse } from '../../ports/http-client.ts'
import type { ConnectTarget } from '../../ports/pull-task.ts'
import { permittedUrl, reachOf, resolvePermitted } from './address-guard.ts'
import { createGuardedAgents, type GuardSettings, policyOf } from './guarded-agents.ts'

const defaultMaxBytes = 1024 * 1024
const defaultTimeoutMs = 5_000
/** A piece is one round trip to the thread that unpacks. */
const unpackedPiece = 128 * 1024

/** HTTP to addresses that others chose. */
export function createGuardedHttpClient(settings: GuardSettings): HttpClient {
  const policy = policyOf(settings)
  const agentFor = createGuardedAgents(policy, { maxSockets: 64, maxFreeSockets: 64 })
  return {
    request: async (request) => {
      const url = permittedUrl(request.url, policy)
      return exchange(url, { request, agent: agentFor(url) })
    },
  }
}

function exchange(
  url: URL,
  { request, agent }: { request: HttpRequest; agent: HttpAgent | HttpsAgent },
): Promise<HttpResponse> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const encoding = request.acceptGzip === true ? 'gzip' : 'identity'
  const headers: Record<string, string | number> = { 'accept-encoding': encoding, ...request.headers }
  if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body)
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method: request.method, headers, agent, signal }, (incoming) => {
      const collected =
        request.acceptGzip === true && incoming.headers['content-encoding'] === 'gzip' ? unpack : collect
      collected(incoming, request.maxBytes ?? defaultMaxBytes).then(
        (body) => resolve({ status: incoming.statusCode ?? 0, headers: plainHeaders(incoming), body }),
        (error: unknown) => reject(asFailure(error, signal)),
      )
    })
    outgoing.on('error', (error) => reject(asFailure(error, signal)))
    outgoing.end(request.body)
  })
}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLong(incoming, maxBytes)
  const body = await bytesOf(incoming, maxBytes)
  if (!incoming.complete) throw new HttpFailure('the answer ended early')
  return body
}

/** The limit is on what comes out: a few packed bytes can become gigabytes. */
async function unpack(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const unpacked = createGunzip({ chunkSize: unpackedPiece })
  pipeline(incoming, unpacked, () => undefined)
  return bytesOf(unpacked, maxBytes)
}

async function bytesOf(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of stream) {
    if (!(part instanceof Uint8Array)) throw new HttpFailure('the answer is not made of bytes')
    length += part.length
    if (length > maxBytes) throw tooLong(stream, maxBytes)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function tooLong(stream: Readable, maxBytes: number): HttpFailure {
  stream.destroy()
  return new HttpFailure(`the answer is longer than ${maxBytes} bytes`)
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')])
  return Object.fromEntries(entries)
}

function asFailure(error: unknown, signal: AbortSignal): HttpFailure {
  if (error instanceof HttpFailure) return error
  return new HttpFailure(signal.aborted ? 'no answer in time' : 'the connection failed', { cause: error })
}

/** Vets a URL for a caller that opens its own socket; connect to `address`, never to the name again. Throws HttpFailure. */
export async function guardedConnectTarget(text: string, settings: GuardSettings): Promise<ConnectTarget> {
  const policy = policyOf(settings)
  const url = permittedUrl(text, policy)
  const addresses = await resolvePermitted(url.hostname, reachOf(url.hostname, policy))
  const chosen = addresses.find(({ family }) => family === 4) ?? addresses[0]
  if (chosen === undefined) throw new HttpFailure('the host name does not resolve')
  const tls = url.protocol === 'https:'
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  return { ...chosen, port, tls, host: url.hostname, path: url.pathname + url.search }
}
