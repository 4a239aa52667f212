import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectTarget } from '../../ports/pull-task.ts'
import { type AskedRange, checkRangeAnswer, MAX_HEAD_BYTES, readResponseHead } from './response-head.ts'

/** Takes the body of one answer: gives the memory to receive into, and is told how much came. */
export interface BodySink {
  /** Where the next bytes go: at least one byte long while any are expected. */
  space(): Buffer
  /** `length` bytes lie in the memory given last. false: wants no more, the connection ends. */
  received(length: number): boolean
}

export type AnswerOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'bad-answer'; readonly reason: string }

interface Waiting {
  readonly asked: AskedRange
  readonly sink: BodySink
  readonly settle: (outcome: AnswerOutcome) => void
  left: number
}

/**
 * One HTTP/1.1 connection that fetches ranges one after the other. The socket reads straight into the sink's memory, so that
 * no buffer is allocated per read.
 */
export class RangeConnection {
  readonly #socket: Socket
  readonly #request: string
  readonly #head = Buffer.allocUnsafe(MAX_HEAD_BYTES)
  #headLength = 0
  #inBody = false
  #waiting: Waiting | undefined
  #ended: string | undefined

  constructor(target: ConnectTarget, options: { readonly authorization: string; readonly idleMs: number }) {
    const port = target.port === (target.tls ? 443 : 80) ? '' : `:${target.port}`
    this.#request =
      `GET ${target.path} HTTP/1.1\r\nhost: ${target.host}${port}\r\nauthorization: ${options.authorization}\r\n` +
      'accept: */*\r\naccept-encoding: identity\r\nuser-agent: tanemaki\r\n'
    const onread = {
      buffer: () => this.#space(),
      callback: (length: number) => this.#take(length),
    }
    const address = { host: target.address, port: target.port, onread }
    this.#socket = target.tls ? connectTls({ ...address, servername: target.host }) : connectPlain(address)
    this.#socket.setNoDelay(true)
    this.#socket.setTimeout(options.idleMs, () => this.#lose('no byte came for too long'))
    this.#socket.on('error', (error) => this.#lose('code' in error ? String(error.code) : error.name))
    this.#socket.on('close', () => this.#lose('the connection was closed'))
  }

  /** Fetches one range into the sink. Not to be called again before it settles. */
  fetch(asked: AskedRange, sink: BodySink): Promise<AnswerOutcome> {
    if (this.#ended !== undefined) return Promise.resolve({ kind: 'lost', reason: this.#ended })
    return new Promise((resolve) => {
      this.#headLength = 0
      this.#inBody = false
      this.#waiting = { asked, sink, settle: resolve, left: asked.end - asked.start }
      this.#socket.write(`${this.#request}range: bytes=${asked.start}-${asked.end - 1}\r\n\r\n`)
    })
  }

  close(): void {
    this.#ended ??= 'closed here'
    this.#socket.destroy()
  }

  #space(): Buffer {
    const waiting = this.#waiting
    if (this.#inBody && waiting !== undefined && waiting.left > 0) return waiting.sink.space().subarray(0, waiting.left)
    return this.#head.subarray(this.#headLength)
  }

  /** Always true: reading never pauses, an unwanted connection is destroyed. */
  #take(length: number): boolean {
    const waiting = this.#waiting
    if (waiting === undefined) this.#lose('bytes came that nobody asked for')
    else if (this.#inBody) this.#takeBody(waiting, length)
    else this.#takeHead(waiting, length)
    return true
  }

  #takeHead(waiting: Waiting, length: number): void {
    this.#headLength += length
    const bytes = this.#head.subarray(0, this.#headLength)
    const head = readResponseHead(bytes)
    if (head === undefined) return
    if (typeof head === 'string') return this.#settle({ kind: 'bad-answer', reason: head })
    if (head.status !== 200 && head.status !== 206) return this.#settle({ kind: 'status', status: head.status })
    const fault = checkRangeAnswer(head, waiting.asked)
    if (fault !== undefined) return this.#settle({ kind: 'bad-answer', reason: fault })
    if (bytes.length - head.length > waiting.left)
      return this.#settle({ kind: 'bad-answer', reason: 'the answer is too long' })
    this.#inBody = true
    for (let rest = bytes.subarray(head.length); rest.length > 0 && this.#waiting === waiting;) {
      const space = waiting.sink.space()
      const copied = rest.copy(space, 0, 0, Math.min(space.length, rest.length))
      this.#takeBody(waiting, copied)
      rest = rest.subarray(copied)
    }
  }

  #takeBody(waiting: Waiting, length: number): void {
    waiting.left -= length
    if (!waiting.sink.received(length)) this.#settle({ kind: 'stopped' })
    else if (waiting.left === 0) this.#settle({ kind: 'done' })
  }

  #settle(outcome: AnswerOutcome): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#inBody = false
    this.#headLength = 0
    if (outcome.kind !== 'done') this.close()
    waiting?.settle(outcome)
  }

  #lose(reason: string): void {
    this.#ended ??= reason
    if (this.#waiting === undefined) this.#socket.destroy()
    else this.#settle({ kind: 'lost', reason })
  }
}
