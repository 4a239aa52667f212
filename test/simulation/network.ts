import { type HttpClient, HttpFailure, type HttpRequest, type HttpResponse } from '../../node/ports/http-client.ts'
import type { Fault } from './coverage.ts'
import type { Life } from './life.ts'
import type { World } from './world.ts'

/** A node as the network sees it. */
export interface Host {
  readonly name: string
  /** Undefined while the node is down. */
  readonly life: Life | undefined
  fetch(request: Request): Promise<Response>
  crash(kind: Fault): void
}

/** Told of every request before it leaves, so that it can look at what its sender has committed. */
export type Censor = (from: Host, request: HttpRequest) => void

const DEFAULT_TIMEOUT_MS = 5_000
const DEFAULT_MAX_BYTES = 1 << 20

/** Brings requests to the public listeners of other nodes, late, twice, or not at all. */
export class Network {
  readonly #world: World
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #censor: Censor
  readonly #cut = new Set<string>()
  /** Requests on their way, by sender and receiver. */
  readonly #flying = new Map<string, Set<number>>()
  #sent = 0

  /** `hosts` by the host of their public address. */
  constructor(world: World, hosts: ReadonlyMap<string, Host>, censor: Censor) {
    this.#world = world
    this.#hosts = hosts
    this.#censor = censor
  }

  /** The HttpClient port of one life of a node. */
  clientFor(from: Host, life: Life): HttpClient {
    return {
      request: (request) => life.keep(this.#request({ from, life, request })),
    }
  }

  /** Nothing gets through between the two until it is healed. */
  cut(a: string, b: string): () => void {
    this.#cut.add(`${a} ${b}`).add(`${b} ${a}`)
    return () => void (this.#cut.delete(`${a} ${b}`), this.#cut.delete(`${b} ${a}`))
  }

  get quiet(): boolean {
    return [...this.#flying.values()].every((requests) => requests.size === 0)
  }

  #request({ from, life, request }: Pick<Call, 'from' | 'life' | 'request'>): Promise<HttpResponse> {
    const world = this.#world
    this.#sent += 1
    const id = this.#sent
    const { host, pathname } = new URL(request.url)
    const to = this.#hosts.get(host)
    world.trace.write(from.name, `#${id} ${request.method} ${to?.name ?? host}${pathname}`)
    this.#censor(from, request)
    if (
      pathname.startsWith('/dsp/') &&
      request.method === 'POST' &&
      world.faults.strikes('crash between commit and send')
    ) {
      from.crash('crash between commit and send')
    }
    if (!life.alive || to === undefined) return Promise.reject(new HttpFailure('the connection failed'))
    if (world.faults.strikes('crash waiting for an answer')) {
      world.timeline.after(this.#between(1, 40), () => life.alive && from.crash('crash waiting for an answer'))
    }
    return new Promise((resolve, reject) => {
      this.#send({ id, from, to, life, request }, { resolve, reject })
    })
  }

  #send(
    call: Call,
    { resolve, reject }: { resolve: (answer: HttpResponse) => void; reject: (why: Error) => void },
  ): void {
    const { faults, timeline, trace } = this.#world
    const { id, from, life, request } = call
    life.waiting += 1
    let open = true
    const end = (outcome: string, act: () => void) => {
      if (!open) return
      open = false
      cancel()
      life.waiting -= 1
      if (!life.alive) return
      trace.write(from.name, `#${id} ${outcome}`)
      act()
    }
    const fail = (why: string) => end(why, () => reject(new HttpFailure(why)))
    const answer = (got: HttpResponse) => end(String(got.status), () => resolve(got))
    const cancel = timeline.after(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => fail('no answer in time'))
    this.#deliver(call, { answer, fail })
    if (faults.strikes('request repeated')) this.#deliver(call, { answer, fail: () => {} })
  }

  /** One copy of the request on its way. */
  #deliver(call: Call, caller: Caller): void {
    const { faults, timeline } = this.#world
    if (faults.strikes('request lost')) return
    const late = faults.strikes('request delayed')
    const flying = this.#flyingTo(call)
    flying.add(call.id)
    timeline.after(late ? this.#between(100, 7_000) : this.#between(1, 15), () => {
      flying.delete(call.id)
      for (const other of flying) if (other < call.id) return this.#arrive(call, caller, true)
      return this.#arrive(call, caller, false)
    })
  }

  #arrive(call: Call, { answer, fail }: Caller, overtaking: boolean): void {
    const { timeline, coverage } = this.#world
    const { from, to } = call
    if (overtaking) coverage.fault('request overtaken')
    if (this.#isCut(from, to)) return
    const { life } = to
    if (life === undefined) return fail('the connection failed')
    life.answering += 1
    const reset = life.onEnd(() => void timeline.after(1, () => fail('the connection failed')))
    const over = () => {
      reset()
      life.answering -= 1
    }
    this.#answerOf(call, life).then(
      (got) => {
        over()
        if (got !== undefined) this.#bringBack(call, got, answer)
      },
      (error: unknown) => {
        over()
        if (life.alive) this.#world.violated('D8 a request is answered', `${to.name} threw ${String(error)}`)
      },
    )
  }

  async #answerOf({ to, request }: Call, life: Life): Promise<HttpResponse | undefined> {
    const { method, url, headers = {}, body } = request
    const response = await life.keep(
      to.fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) })),
    )
    const bytes = new Uint8Array(await life.keep(response.arrayBuffer()))
    if (this.#world.faults.strikes('crash while answering')) {
      to.crash('crash while answering')
      return undefined
    }
    return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes }
  }

  #bringBack({ from, to, request }: Call, got: HttpResponse, answer: (got: HttpResponse) => void): void {
    const { faults, timeline } = this.#world
    if (got.body.length > (request.maxBytes ?? DEFAULT_MAX_BYTES)) return
    if (faults.strikes('answer lost')) return
    timeline.after(this.#between(1, 15), () => {
      if (!this.#isCut(from, to)) answer(got)
    })
  }

  #isCut(from: Host, to: Host): boolean {
    return this.#cut.has(`${from.name} ${to.name}`)
  }

  #flyingTo({ from, to }: Call): Set<number> {
    const pair = `${from.name} ${to.name}`
    const flying = this.#flying.get(pair) ?? new Set<number>()
    this.#flying.set(pair, flying)
    return flying
  }

  #between(from: number, to: number): number {
    return this.#world.faults.stream.between(from, to)
  }
}

interface Call {
  readonly id: number
  readonly from: Host
  readonly to: Host
  readonly life: Life
  readonly request: HttpRequest
}

interface Caller {
  readonly answer: (got: HttpResponse) => void
  readonly fail: (why: string) => void
}
