import { isUtf8 } from 'node:buffer'
import { Agent as HttpAgent, type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestTls } from 'node:https'
import { isLoopbackHost } from '../../../schemas/models.ts'
import { ModelFailure } from '../../ports/models.ts'
import { guardedLookup } from '../http-fetch/address-guard.ts'
import { failureInside, failureOf } from './failures.ts'

const connectMs = 10_000
const errorBytes = 64 * 1024

export interface Asking {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** Largest answer that is read. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

export interface ConnectionOptions {
  readonly url: string
  readonly apiKey?: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Asks one endpoint over connections that are kept open, and gives back parsed JSON. Throws ModelFailure. */
export class EndpointConnection {
  readonly #url: URL
  readonly #options: ConnectionOptions
  readonly #send: typeof requestPlain
  readonly #fixed: RequestOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#url = new URL(options.url)
    const tls = this.#url.protocol === 'https:'
    this.#send = tls ? requestTls : requestPlain
    // The name localhost could be sent elsewhere by a name server; what is said to stay on this machine does.
    const lookup = isLoopbackHost(this.#url.hostname) ? { lookup: guardedLookup('loopback') } : {}
    const agentOptions = { keepAlive: true, maxFreeSockets: 4096, ...lookup }
    this.#fixed = {
      protocol: this.#url.protocol,
      hostname: this.#url.hostname.replace(/^\[|\]$/g, ''),
      ...(this.#url.port === '' ? {} : { port: this.#url.port }),
      agent: tls ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions),
    }
  }

  async ask(asking: Asking): Promise<unknown> {
    asking.signal.throwIfAborted()
    try {
      return await this.#once(asking)
    } catch (error) {
      // A kept connection that the endpoint had closed before the request was read: nothing was computed.
      if (error instanceof StaleConnection) return this.#once(asking)
      throw error
    }
  }

  #once(asking: Asking): Promise<unknown> {
    const { signal } = asking
    return new Promise((resolve, reject) => {
      const outgoing = this.#send({
        ...this.#fixed,
        method: asking.method,
        path: asking.path,
        headers: this.#headers(asking.body),
      })
      const end = (act: () => void) => {
        clearTimeout(patience)
        signal.removeEventListener('abort', abort)
        act()
      }
      const fail = (error: unknown) => end(() => (outgoing.destroy(), reject(error)))
      const abort = () => fail(signal.reason)
      const patience = setTimeout(
        () => fail(new ModelFailure('timeout', 'gave no whole answer in time')),
        this.#options.timeoutMs,
      )
      signal.addEventListener('abort', abort, { once: true })
      outgoing.once('socket', (socket) => {
        if (!socket.connecting) return
        const waiting = setTimeout(() => fail(new ModelFailure('unreachable', 'took no connection in time')), connectMs)
        socket.once('connect', () => clearTimeout(waiting)).once('close', () => clearTimeout(waiting))
      })
      outgoing.on('error', (error) => fail(brokenConnection(error, outgoing.reusedSocket)))
      outgoing.once('response', (answer) => {
        // From here on the endpoint has worked: no silent repetition.
        receive(answer, asking.maxBytes).then(
          (bytes) => end(() => settle({ answer, bytes, resolve, reject })),
          (error: unknown) => fail(error),
        )
      })
      outgoing.end(asking.body)
    })
  }

  #headers(body: string | undefined): Record<string, string | number> {
    const { apiKey, headers } = this.#options
    return {
      ...headers,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'tanemaki',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
  }
}

class StaleConnection extends Error {}

function brokenConnection(error: Error, reused: boolean): Error {
  const code = 'code' in error ? String(error.code) : error.name
  if (reused && (code === 'ECONNRESET' || code === 'EPIPE')) return new StaleConnection()
  return new ModelFailure('unreachable', `could not be reached (${/^[A-Z0-9_]{1,40}$/.test(code) ? code : 'failed'})`)
}

/** The whole body, of at most `maxBytes`; nothing of a long one that tells of a failure. A broken one is never taken for an answer. */
function receive(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const failed = answer.statusCode !== 200
  const most = failed ? errorBytes : maxBytes
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let length = 0
    answer.on('data', (piece: Buffer) => {
      length += piece.length
      if (length <= most) {
        pieces.push(piece)
      } else {
        if (failed) resolve(Buffer.alloc(0))
        else reject(new ModelFailure('lying', `answered more than ${most} bytes`))
        answer.destroy()
      }
    })
    answer.once('end', () => resolve(pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces)))
    answer.once('error', () => reject(new ModelFailure('unreachable', 'broke off in the middle of an answer')))
    answer.once('close', () => reject(new ModelFailure('unreachable', 'broke off in the middle of an answer')))
  })
}

interface Settling {
  readonly answer: IncomingMessage
  readonly bytes: Buffer
  readonly resolve: (body: unknown) => void
  readonly reject: (error: ModelFailure) => void
}

function settle({ answer, bytes, resolve, reject }: Settling): void {
  const body = jsonIn(bytes)
  const status = answer.statusCode ?? 0
  if (status !== 200) {
    reject(failureOf({ status, headers: answer.headers, body }, Date.now()))
  } else if (body === undefined) {
    const page = /html/i.test(answer.headers['content-type'] ?? '')
    reject(new ModelFailure('lying', page ? 'answered with a web page' : 'answered something that is no JSON'))
  } else {
    const failure = failureInside(body)
    if (failure === undefined) resolve(body)
    else reject(failure)
  }
}

function jsonIn(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
