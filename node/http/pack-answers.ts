import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Gzip } from '../ports/gzip.ts'

/** A shorter answer fits into one or two packets as it is. */
const SHORTEST = 1400
/** Packed answers kept for whoever asks for the same again; what is kept holds about an eighth of what was packed. */
const MOST_KEPT_BYTES = 16 << 20

/** Sends JSON packed with gzip to whoever takes it. An answer that was sent before is not packed again. */
export function packAnswers(gzip: Gzip): MiddlewareHandler {
  const kept = new Map<string, Uint8Array>()
  let keptBytes = 0
  const packed = async (body: Uint8Array) => {
    const digest = createHash('sha256').update(body).digest('base64')
    const found = kept.get(digest) ?? (await gzip.pack(body))
    if (kept.delete(digest)) keptBytes -= found.length
    kept.set(digest, found)
    keptBytes += found.length
    for (const [oldest, bytes] of kept) {
      if (keptBytes <= MOST_KEPT_BYTES) break
      kept.delete(oldest)
      keptBytes -= bytes.length
    }
    return found
  }
  return async function packing(c, next) {
    await next()
    // Nothing but headers is looked at before it is needed: an answer that stays as it is goes out without a detour.
    const { headers } = c.res
    if (!isJson(headers.get('content-type')) || headers.has('content-encoding')) return
    headers.append('vary', 'accept-encoding')
    if (!takesGzip(c.req.header('accept-encoding'))) return
    const { status } = c.res
    const answer = new Headers(headers)
    const bytes = new Uint8Array(await c.res.arrayBuffer())
    const short = bytes.length < SHORTEST
    answer.delete('content-length')
    if (!short) answer.set('content-encoding', 'gzip')
    c.res = undefined
    c.res = new Response(new Uint8Array(short ? bytes : await packed(bytes)), { status, headers: answer })
  }
}

function isJson(contentType: string | null): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\b/i.test(contentType ?? '')
}

/** RFC 9110 §12.5.3: gzip by name, or everything; weight 0 refuses. */
function takesGzip(header: string | undefined): boolean {
  const weights = new Map<string, number>()
  for (const item of (header ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)))
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}
