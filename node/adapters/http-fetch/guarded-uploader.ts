import { type Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { HttpFailure, type HttpResponse } from '../../ports/http-client.ts'
import type { Upload, UploadBody, Uploader } from '../../ports/uploader.ts'
import { permittedUrl } from './address-guard.ts'
import { createGuardedAgents, type GuardSettings, policyOf } from './guarded-agents.ts'

const MOST_OF_ANSWER = 65_536
/** A body of this size waits until the receiver has seen the head, so that a refusal costs no bytes (RFC 9110 §10.1.1). */
const WORTH_ASKING = 1 << 20
/** Then it is sent to a receiver that does not know the question. */
const ASKING_MS = 1000
const EXPECTATION_FAILED = 417

export function createGuardedUploader(settings: GuardSettings): Uploader {
  const policy = policyOf(settings)
  const agentFor = createGuardedAgents(policy, { maxSockets: 32, maxFreeSockets: 8 })
  return {
    send: async (upload) => {
      const url = permittedUrl(upload.url, policy)
      const sending = { upload, url, agent: agentFor(url) }
      const asks = upload.body !== undefined && upload.body.size >= WORTH_ASKING
      const answer = await exchange({ ...sending, asks })
      return asks && answer.status === EXPECTATION_FAILED ? exchange({ ...sending, asks: false }) : answer
    },
  }
}

interface Sending {
  readonly upload: Upload
  readonly url: URL
  readonly agent: HttpAgent | HttpsAgent
  readonly asks: boolean
}

async function exchange({ upload, url, agent, asks }: Sending): Promise<HttpResponse> {
  const { method, body, idleMs, timeoutMs } = upload
  upload.signal?.throwIfAborted()
  const size =
    method === 'HEAD' || (method === 'DELETE' && body === undefined) ? {} : { 'content-length': body?.size ?? 0 }
  const headers = {
    'accept-encoding': 'identity',
    ...upload.headers,
    ...size,
    ...(asks ? { expect: '100-continue' } : {}),
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = send(url, { method, headers, agent })
  let ended: { readonly why: unknown } | undefined
  const give = (why: unknown) => {
    ended ??= { why }
    outgoing.destroy()
  }
  const abort = () => give(upload.signal?.reason)
  const timer = setTimeout(() => give(new HttpFailure('the exchange takes too long')), timeoutMs)
  outgoing.setTimeout(idleMs, () => give(new HttpFailure('the other side is silent')))
  upload.signal?.addEventListener('abort', abort, { once: true })
  try {
    return await answerOf(outgoing, { body, asks })
  } catch (error) {
    throw ended === undefined ? error : ended.why
  } finally {
    clearTimeout(timer)
    upload.signal?.removeEventListener('abort', abort)
  }
}

/** The answer, whenever it comes: an early one ends the body. */
function answerOf(
  outgoing: ClientRequest,
  { body, asks }: { body: UploadBody | undefined; asks: boolean },
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(asFailure(error))
    let answered = false
    outgoing.on('error', fail)
    // Also an answer that changes the protocol (101), of which nothing else is heard.
    outgoing.on('close', () => {
      if (!answered) fail(new HttpFailure('the connection was closed'))
    })
    outgoing.on('response', (incoming) => {
      answered = true
      incoming.on('error', fail)
      headOf(incoming).then((bytes) => {
        // The rest of a body that was refused must not follow on a connection that is used again.
        if (!outgoing.writableFinished) outgoing.destroy()
        resolve({ status: incoming.statusCode ?? 0, headers: plainHeaders(incoming), body: bytes })
      }, fail)
    })
    const feed = () =>
      feedBody(outgoing, { body, ended: () => answered }).catch((error: unknown) => {
        reject(error)
        outgoing.destroy()
      })
    if (!asks) {
      void feed()
      return
    }
    outgoing.flushHeaders()
    const timer = setTimeout(() => void feed(), ASKING_MS)
    outgoing.once('continue', () => {
      clearTimeout(timer)
      void feed()
    })
    outgoing.once('response', () => clearTimeout(timer))
    outgoing.once('close', () => clearTimeout(timer))
  })
}

async function feedBody(
  outgoing: ClientRequest,
  { body, ended }: { body: UploadBody | undefined; ended: () => boolean },
): Promise<void> {
  if (body !== undefined && body.size > 0) {
    for await (const piece of body.pieces()) {
      if (outgoing.destroyed || ended()) return
      if (!outgoing.write(piece)) await drained(outgoing)
    }
  }
  if (!outgoing.destroyed && !ended()) outgoing.end()
}

/** Until the receiver has taken what was written, or is gone, or has answered. */
function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'response']) outgoing.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'response']) outgoing.once(event, done)
  })
}

/** The first bytes of the answer; what is behind them is not waited for. */
async function headOf(incoming: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of incoming) {
    if (!(part instanceof Uint8Array)) throw new HttpFailure('the answer is not made of bytes')
    parts.push(part)
    length += part.length
    if (length >= MOST_OF_ANSWER) break
  }
  return new Uint8Array(Buffer.concat(parts)).subarray(0, MOST_OF_ANSWER)
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')])
  return Object.fromEntries(entries)
}

/** Errors of the socket become failures. */
function asFailure(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? new HttpFailure('the connection failed', { cause: error }) : error
}
