import type { Clock } from '../../ports/clock.ts'
import { type ModelEndpoint, ModelFailure, type ModelFault, type Usage } from '../../ports/models.ts'
import { CallQueue } from './call-queue.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { ConcurrencyLimit, type Start } from './concurrency-limit.ts'
import { RateBucket } from './rate-bucket.ts'

const firstPauseMs = 500
const longestPauseMs = 30_000

/** A call to an endpoint that waits to be let through. */
export interface Call<Answer extends { readonly usage: Usage }> {
  /** Lower first: index of the candidate, which is seed-major where the recipe crosses by seed. */
  readonly priority: number
  /** Questions of one kind take about equally long per token: name of the column. */
  readonly kind: string
  /** What the beginnings of several prompts have in common: id of the seed. */
  readonly prefix?: string
  /** Tokens of the prompt, estimated, and those that the answer may have. */
  readonly expectedTokens: number
  readonly signal: AbortSignal
  /** Throws ModelFailure. Called anew after `busy`. */
  run(signal: AbortSignal): Promise<Answer>
}

/** Why nobody asks an endpoint any more until someone says so: it wants another key or money, or it fails half of all calls. */
export class EndpointPaused extends Error {
  readonly endpoint: string
  readonly fault: ModelFault
  constructor(endpoint: string, fault: ModelFault, message: string) {
    super(message)
    this.name = 'EndpointPaused'
    this.endpoint = endpoint
    this.fault = fault
  }
}

export interface AdmissionState {
  readonly limit: number
  readonly running: number
  readonly waiting: number
  readonly paused?: EndpointPaused
}

interface Waiting {
  readonly priority: number
  readonly prefix?: string
  readonly kind: string
  readonly expectedTokens: number
  readonly signal: AbortSignal
  settled: boolean
  readonly run: (signal: AbortSignal) => Promise<{ readonly usage: Usage }>
  readonly resolve: (answer: { readonly usage: Usage }) => void
  readonly reject: (error: unknown) => void
}

export type AdmittedEndpoint = Pick<ModelEndpoint, 'name' | 'maxConcurrency' | 'requestsPerMinute' | 'tokensPerMinute'>

/**
 * Lets calls through to one endpoint, so many at a time as make it busy. A call that the endpoint is too busy for goes back to its
 * place and is never given up; it has no deadline but that of a single try.
 */
export class Admission {
  readonly #clock: Clock
  readonly #name: string
  readonly #limit: ConcurrencyLimit
  readonly #breaker = new CircuitBreaker()
  readonly #queue = new CallQueue<Waiting>()
  readonly #requests: RateBucket | undefined
  readonly #tokens: RateBucket | undefined
  #running = 0
  #notBefore = 0
  #pauses = 0
  #cancelTimer: (() => void) | undefined
  #paused: EndpointPaused | undefined

  constructor(clock: Clock, endpoint: AdmittedEndpoint) {
    const { name, maxConcurrency, requestsPerMinute, tokensPerMinute } = endpoint
    const bucket = (perMinute: number | undefined) =>
      perMinute === undefined ? undefined : new RateBucket(perMinute, clock.now())
    this.#clock = clock
    this.#name = name
    this.#limit = new ConcurrencyLimit(maxConcurrency)
    this.#requests = bucket(requestsPerMinute)
    this.#tokens = bucket(tokensPerMinute)
  }

  /**
   * Resolves with the answer. Rejects with ModelFailure of any fault but `busy`, with EndpointPaused, or with the signal's reason.
   */
  submit<Answer extends { readonly usage: Usage }>(call: Call<Answer>): Promise<Answer> {
    if (call.signal.aborted) return Promise.reject(call.signal.reason as Error)
    if (this.#paused !== undefined) return Promise.reject(this.#paused)
    return new Promise<{ readonly usage: Usage }>((resolve, reject) => {
      const abort = () => waiting.reject(call.signal.reason)
      const settle = (act: () => void) => {
        if (waiting.settled) return
        waiting.settled = true
        call.signal.removeEventListener('abort', abort)
        act()
      }
      const waiting: Waiting = {
        ...call,
        settled: false,
        run: (signal) => call.run(signal),
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      }
      call.signal.addEventListener('abort', abort, { once: true })
      this.#queue.add(waiting)
      this.#admit()
    }) as Promise<Answer>
  }

  state(): AdmissionState {
    return {
      limit: this.#limit.value,
      running: this.#running,
      waiting: this.#queue.size,
      ...(this.#paused === undefined ? {} : { paused: this.#paused }),
    }
  }

  /** Someone has seen to what paused the endpoint. */
  resume(): void {
    this.#paused = undefined
    this.#breaker.forget()
    this.#admit()
  }

  #admit(): void {
    while (this.#paused === undefined && this.#running < this.#limit.value) {
      const now = this.#clock.now()
      if (now < this.#notBefore) return this.#admitIn(this.#notBefore - now)
      const next = this.#queue.take()
      if (next === undefined) return this.#limit.notFilled()
      if (next.settled) {
        this.#queue.ended(next, false)
        continue
      }
      const wait = Math.max(this.#requests?.wait(1, now) ?? 0, this.#tokens?.wait(next.expectedTokens, now) ?? 0)
      if (wait > 0) {
        this.#queue.ended(next, false)
        this.#queue.add(next)
        this.#limit.notFilled()
        return this.#admitIn(wait)
      }
      this.#requests?.take(1, now)
      this.#tokens?.take(next.expectedTokens, now)
      void this.#run(next, now)
    }
  }

  #admitIn(ms: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#clock.after(ms, () => this.#admit())
  }

  async #run(call: Waiting, startedAt: number): Promise<void> {
    this.#running++
    const start = this.#limit.started()
    try {
      const answer = await call.run(call.signal)
      const { inputTokens, outputTokens } = answer.usage
      const msPerToken = (this.#clock.now() - startedAt) / Math.max(1, outputTokens || inputTokens)
      this.#tokens?.giveBack(call.expectedTokens - inputTokens - outputTokens)
      this.#pauses = 0
      this.#limit.answered(start, { kind: call.kind, msPerToken })
      this.#note(undefined)
      this.#queue.ended(call, true)
      call.resolve(answer)
    } catch (error) {
      this.#queue.ended(call, false)
      this.#tokens?.giveBack(call.expectedTokens)
      this.#failed(call, { error, start })
    } finally {
      this.#running--
      this.#admit()
    }
  }

  #failed(call: Waiting, { error, start }: { error: unknown; start: Start }): void {
    if (!(error instanceof ModelFailure) || call.settled) return call.reject(error)
    if (error.fault === 'busy') {
      this.#pauseAfter(error, this.#limit.rejected(start, this.#running))
      // A pause of the whole endpoint has ended what waited; this call waits no longer either.
      if (this.#paused === undefined) this.#queue.add(call)
      else call.reject(this.#paused)
      return
    }
    if (error.fault === 'timeout') this.#limit.timedOut(start)
    this.#note(error.fault, error.message)
    call.reject(error)
  }

  /** Waits as long as the endpoint says; and where it rejects calls beyond the burst too, longer from time to time. */
  #pauseAfter({ retryAfterMs }: ModelFailure, again: boolean): void {
    const own = again ? Math.min(longestPauseMs, firstPauseMs * 2 ** this.#pauses++) : 0
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + (retryAfterMs ?? own))
  }

  #note(fault: ModelFault | undefined, message = ''): void {
    const failing = this.#breaker.note(fault, this.#limit.value)
    if (fault === 'credit') this.#pause(fault, `the endpoint ${this.#name} ${message}: it wants another key or payment`)
    else if (failing !== undefined) {
      this.#pause(failing, `at least half of the last calls to the endpoint ${this.#name} failed, mostly: ${failing}`)
    }
  }

  #pause(fault: ModelFault, message: string): void {
    if (this.#paused !== undefined) return
    this.#paused = new EndpointPaused(this.#name, fault, message)
    for (const waiting of this.#queue.drain()) waiting.reject(this.#paused)
  }
}
