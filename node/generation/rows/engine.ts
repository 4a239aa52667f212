import type { Outcome } from '../../../schemas/outcomes.ts'
import { RunStopped } from './run-stopped.ts'

/** Candidates that are open or wait for an earlier one hold at most about this much. */
const MOST_BYTES = 64 * 1024 * 1024
const FEWEST_OPEN = 16
/** Chance of acceptance that is assumed at least, so that a poor yield does not open everything at once. */
const LEAST_YIELD = 0.02

export interface Made {
  readonly outcome: Outcome
  /** Rough size of the outcome in memory. */
  readonly bytes: number
}

export interface EngineOptions {
  /** Candidate to begin with; those before it have outcomes already. */
  readonly first: number
  readonly accepted: number
  readonly target: number
  /** One more than the last candidate there is. */
  readonly end: number
  /** How many candidates are worth having open at the same time, as things stand now. */
  readonly width: () => number
  readonly make: (index: number, signal: AbortSignal) => Promise<Made>
  /** Called in the order of the candidates; the outcome as it counts (a row may turn out to be a duplicate). */
  readonly emit: (outcome: Outcome) => Promise<Outcome>
  readonly signal: AbortSignal
}

export interface EngineEnd {
  readonly accepted: number
  /** Candidates with an outcome. */
  readonly candidates: number
}

/**
 * Makes candidates until `target` are accepted or there are none left. Which outcomes there are depends on neither the width nor
 * the order in which candidates come to their end: they are emitted by index, and those behind the last accepted row are
 * given up. Rejects with the first error of `make` or `emit`, after everything open has been told to stop; with RunStopped after
 * everything open has come to its end.
 */
export function runEngine(options: EngineOptions): Promise<EngineEnd> {
  return new Engine(options).run()
}

class Engine {
  readonly #options: EngineOptions
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #finished = new Map<number, Made>()
  #opening: number
  #emitting: number
  #accepted: number
  #open = 0
  #heldBytes = 0
  /** High until sizes are known. */
  #meanBytes = 2 * 1024 * 1024
  #sizes = 0
  #emission = false
  #stopped: RunStopped | undefined
  #settle: { resolve(end: EngineEnd): void; reject(error: unknown): void } | undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#opening = options.first
    this.#emitting = options.first
    this.#accepted = options.accepted
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal])
  }

  run(): Promise<EngineEnd> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#options.signal.addEventListener('abort', () => this.#fail(this.#options.signal.reason), { once: true })
      if (this.#options.signal.aborted) this.#fail(this.#options.signal.reason)
      else this.#advance()
    })
  }

  #advance(): void {
    if (this.#settle === undefined) return
    if (this.#accepted >= this.#options.target || this.#emitting >= this.#options.end) {
      this.#finish()
      return
    }
    if (this.#stopped === undefined) while (this.#mayOpen()) this.#openNext()
    else if (this.#open === 0 && !this.#emission) this.#fail(this.#stopped)
  }

  #mayOpen(): boolean {
    if (this.#opening >= this.#options.end) return false
    // The candidate that everything waits for is always open.
    if (this.#opening === this.#emitting) return true
    if (this.#open >= Math.max(FEWEST_OPEN, this.#options.width())) return false
    if (this.#heldBytes + (this.#open + 1) * this.#meanBytes > MOST_BYTES) return false
    return this.#opening < this.#emitting + this.#neededAhead()
  }

  /** Candidates that are expected to be needed still; more would be paid for and thrown away. */
  #neededAhead(): number {
    const tried = this.#emitting
    const yieldSoFar = Math.max(LEAST_YIELD, (this.#accepted + 1) / (tried + 1))
    const missing = this.#options.target - this.#accepted
    return Math.ceil(missing / yieldSoFar)
  }

  #openNext(): void {
    const index = this.#opening
    this.#opening += 1
    this.#open += 1
    this.#options.make(index, this.#signal).then(
      (made) => this.#took(index, made),
      (error: unknown) => this.#gaveUp(error),
    )
  }

  #took(index: number, made: Made): void {
    this.#open -= 1
    if (this.#settle === undefined) return
    this.#finished.set(index, made)
    this.#heldBytes += made.bytes
    this.#sizes += 1
    this.#meanBytes += (made.bytes - this.#meanBytes) / Math.min(this.#sizes, 32)
    if (!this.#emission && index === this.#emitting) void this.#emitReady()
    else this.#advance()
  }

  /** Of what others have asked for already nothing is thrown away: it is paid. */
  #gaveUp(error: unknown): void {
    this.#open -= 1
    if (error instanceof RunStopped) this.#stopped ??= error
    else this.#fail(error)
    this.#advance()
  }

  async #emitReady(): Promise<void> {
    this.#emission = true
    try {
      for (;;) {
        const made = this.#finished.get(this.#emitting)
        if (made === undefined || this.#settle === undefined || this.#accepted >= this.#options.target) break
        this.#finished.delete(this.#emitting)
        this.#heldBytes -= made.bytes
        const outcome = await this.#options.emit(made.outcome)
        this.#emitting += 1
        if (outcome.verdict === 'accepted') this.#accepted += 1
      }
    } catch (error) {
      this.#fail(error)
      return
    } finally {
      this.#emission = false
    }
    this.#advance()
  }

  #finish(): void {
    this.#settle?.resolve({ accepted: this.#accepted, candidates: this.#emitting })
    this.#end()
  }

  #fail(error: unknown): void {
    this.#settle?.reject(error)
    this.#end()
  }

  #end(): void {
    this.#settle = undefined
    this.#finished.clear()
    this.#stop.abort(new Error('no further candidate is needed'))
  }
}
