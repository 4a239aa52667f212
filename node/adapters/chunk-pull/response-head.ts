/** Head of an HTTP/1.1 response as far as a range request needs it. */
export interface ResponseHead {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Bytes of the head, the empty line included. */
  readonly length: number
}

export const MAX_HEAD_BYTES = 16_384

const STATUS = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/
const SINGLE = new Set(['content-length', 'content-range', 'transfer-encoding', 'content-encoding', 'connection'])

/** undefined: not all of it is there yet. A text: why it is refused. Strict: no folding, no bare line feed, no doubled field that matters. */
export function readResponseHead(bytes: Buffer): ResponseHead | string | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return bytes.length >= MAX_HEAD_BYTES ? 'the head of the answer is too long' : undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = STATUS.exec(first)?.[1]
  if (status === undefined) return 'the answer is not HTTP/1.1'
  const headers = new Map<string, string>()
  for (const line of lines) {
    const field = FIELD.exec(line)
    if (field === null) return 'a header field is malformed'
    const name = (field[1] ?? '').toLowerCase()
    if (headers.has(name) && SINGLE.has(name)) return `the header field ${name} appears twice`
    headers.set(name, field[2] ?? '')
  }
  return { status: Number(status), headers, length: end + 4 }
}

/** The bytes [start, end) of a file of `size` bytes that a request asked for. */
export interface AskedRange {
  readonly start: number
  readonly end: number
  readonly size: number
}

/** Checks that a 2xx head announces exactly the asked bytes, unencoded and with a length; a text says why not. */
export function checkRangeAnswer({ status, headers }: ResponseHead, asked: AskedRange): string | undefined {
  if (headers.has('transfer-encoding')) return 'the answer has a transfer encoding'
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') return 'the answer has a content encoding'
  const length = asked.end - asked.start
  if (headers.get('content-length') !== String(length)) return 'the length of the answer is not the one asked for'
  if (status === 206) {
    const range = `bytes ${asked.start}-${asked.end - 1}/${asked.size}`
    return headers.get('content-range') === range ? undefined : 'the range of the answer is not the one asked for'
  }
  const whole = asked.start === 0 && asked.end === asked.size
  return status === 200 && whole ? undefined : `the answer has the status ${status}`
}
