import { type Pace, Slowdown } from './slowdown.ts'

const firstLimit = 4
const growthWorthIt = 1.05
const fewestSlowStart = 32
/** Rise of the throughput since the slow start by which it ended too early. */
const endedTooEarly = 1.25
const fewestGradient = 100
/** Slower than this is taken for a queue; less may be the noise of a median. */
const tolerance = 1.4
/** Weight of the newest window. */
const smoothing = 0.4
/** An endpoint that rejects has no queue of ours: it has to be much slower before it is given less than it accepts. */
const toleranceOfRejecting = 3
const cut = 0.75
/** Rounds of calls without a rejection before more than what is known to be good is tried; doubled by every failure. */
const firstPatience = 150
const mostPatience = 5000
/** Rounds before still more is tried after that went well. */
const patienceAfterSuccess = 10
/** Share by which a trial is higher; doubled by every success. */
const firstTrial = 0.05
/** Rounds after which a higher limit is no trial any more. */
const provenRounds = 3

/** Mark of the moment at which a call started. */
export interface Start {
  readonly number: number
  readonly epoch: number
}

/** How slow an endpoint is with so many calls at a time. */
interface Level {
  readonly limit: number
  readonly slowdown: number
}

interface Burst {
  /** Calls that started before belong to it. */
  readonly before: number
  /** Calls that were under way when it began and that the endpoint did not reject. */
  accepted: number
  /** It began before the one before was over. */
  readonly again: boolean
}

/**
 * How many calls at a time make an endpoint busy and no more (generation.md §7.5). Slow start: doubled while the throughput rises by
 * more than 5 %. Then by gradient: limit·max(½, t_min/t) + √limit, with t the median time per output token, which finds the
 * saturation of endpoints that queue. A burst of rejections cuts once by a quarter; what was accepted during it is remembered as good,
 * returned to after one quiet round, and exceeded by small steps at growing intervals only.
 */
export class ConcurrencyLimit {
  readonly #most: number
  readonly #slowdown = new Slowdown()
  #limit: number
  #phase: 'slow-start' | 'gradient' = 'slow-start'
  /** The level below in the slow start; the one that it ended with afterwards. */
  #before: Level | undefined
  /** Slowdown where calls did not wait for each other. */
  #least = 1
  #smoothed = 1
  /** Highest limit since the last slow start. */
  #anchor = 0
  #window: Pace[] = []
  #sparse = false
  /** Calls that make a window. */
  #needed = fewestSlowStart
  /** Answers since the limit changed that did not count. */
  #skipped = 0
  #epoch = 0
  #started = 0
  #burst: Burst | undefined
  /** Most that the endpoint is known to accept at a time. */
  #good = Number.POSITIVE_INFINITY
  /** What was good before a higher limit was tried. */
  #proven: number | undefined
  #quiet = 0
  #patience = firstPatience
  #failedTrials = 0
  #trial = firstTrial

  constructor(most: number = Number.POSITIVE_INFINITY) {
    this.#most = most
    this.#limit = Math.min(firstLimit, most)
  }

  get value(): number {
    return Math.max(1, Math.floor(this.#limit))
  }

  started(): Start {
    return { number: this.#started++, epoch: this.#epoch }
  }

  /** There were fewer calls to make than the limit permits: what is measured now says nothing for a higher one. */
  notFilled(): void {
    this.#sparse = true
  }

  answered(start: Start, pace: Pace): void {
    this.#quiet++
    this.#recover(start)
    if (start.epoch !== this.#epoch) return
    if (this.#epoch > 0 && this.#skipped < this.#limit) {
      // The first answers are those of short calls, and of an endpoint that is not filled to the new limit yet.
      this.#skipped++
      this.#sparse = false
      return
    }
    this.#window.push(pace)
    if (this.#window.length < this.#needed) return
    const slowdown = this.#slowdown.of(this.#window)
    if (this.#phase === 'slow-start' && this.#window.length < fewestGradient && this.#saturated(slowdown)) {
      // So few calls may have been slow ones by chance, and to stop here would be dear: the next ones decide.
      this.#needed = fewestGradient
      return
    }
    const sparse = this.#sparse
    this.#beginWindow()
    if (this.#phase === 'slow-start') this.#double(slowdown, sparse)
    else this.#follow(slowdown, sparse)
  }

  #beginWindow(): void {
    this.#window = []
    this.#sparse = false
    this.#needed = Math.max(this.#phase === 'slow-start' ? fewestSlowStart : fewestGradient, 2 * this.#limit)
  }

  /**
   * The endpoint was too busy for a call (429, 503, 529), with `running` calls under way, this one included. True when that is no end
   * of it: the call had started after an earlier rejection had made the limit lower.
   */
  rejected(start: Start, running: number): boolean {
    this.#quiet = 0
    const burst = this.#burst
    if (burst !== undefined && start.number < burst.before) {
      burst.accepted--
      this.#learn(burst)
      return false
    }
    const next = { before: this.#started, accepted: running - 1, again: burst !== undefined }
    this.#failedTrials = this.#proven === undefined ? 0 : this.#failedTrials + 1
    this.#patience = Math.min(mostPatience, firstPatience * 2 ** this.#failedTrials)
    this.#trial = firstTrial
    this.#burst = next
    this.#phase = 'gradient'
    this.#set(Math.max(1, this.#proven ?? this.#limit * cut))
    this.#proven = undefined
    this.#learn(next)
    return next.again
  }

  /** The endpoint gave no answer in time: like a rejection, but it says nothing of what the endpoint would accept. */
  timedOut(start: Start): void {
    if (this.#burst !== undefined && start.number < this.#burst.before) return
    this.#burst = { before: this.#started, accepted: 0, again: true }
    this.#phase = 'gradient'
    this.#set(Math.max(1, this.#limit * cut))
  }

  /** A burst that follows a burst is about a rate, not about how many go at a time. */
  #learn({ accepted, again }: Burst): void {
    if (again) return
    this.#good = Math.max(1, accepted)
    if (this.#limit > this.#good) this.#set(this.#good)
  }

  #recover(start: Start): void {
    if (this.#burst !== undefined) {
      if (start.number < this.#burst.before || this.#quiet < this.#limit) return
      this.#burst = undefined
      if (this.#good < Number.POSITIVE_INFINITY) this.#set(Math.min(this.#most, this.#good))
    }
    if (this.#proven !== undefined && this.#quiet >= provenRounds * this.#limit) {
      this.#proven = undefined
      this.#patience = patienceAfterSuccess
      this.#trial = Math.min(1, 2 * this.#trial)
    }
    if (this.#quiet < this.#patience * this.#good || this.#limit < this.#good) return
    this.#quiet = 0
    this.#proven = this.#good
    this.#good += Math.max(1, Math.floor(this.#good * this.#trial))
    this.#set(Math.min(this.#most, this.#good))
  }

  #double(slowdown: number, sparse: boolean): void {
    if (this.#before !== undefined && this.#saturated(slowdown)) return this.#followFrom(this.#before)
    this.#before = { limit: this.#limit, slowdown }
    if (sparse) return
    const next = Math.min(2 * this.#limit, this.#most, this.#good)
    if (next <= this.#limit) this.#followFrom(this.#before)
    else this.#set(next)
  }

  /** Ends the slow start at the last level at which more calls still made more tokens. */
  #followFrom(level: Level): void {
    const { limit, slowdown } = level
    this.#phase = 'gradient'
    this.#before = level
    this.#anchor = limit
    this.#least = slowdown
    this.#smoothed = slowdown
    this.#set(limit)
  }

  #follow(slowdown: number, sparse: boolean): void {
    this.#smoothed += smoothing * (slowdown - this.#smoothed)
    this.#least = Math.min(this.#least, this.#smoothed)
    const tolerated = this.#good < Number.POSITIVE_INFINITY ? toleranceOfRejecting : tolerance
    const gradient = Math.min(1, Math.max(0.5, (tolerated * this.#least) / this.#smoothed))
    const wanted = this.#limit * gradient + Math.sqrt(this.#limit)
    const next = Math.min(sparse ? Math.min(wanted, this.#limit) : wanted, this.#most, this.#good)
    const early = this.#before !== undefined && this.#riseSince(this.#before, this.#smoothed) > endedTooEarly
    this.#anchor = Math.max(this.#anchor, next)
    this.#set(Math.max(1, next))
    // Less than half of what was good before, and still slow: the endpoint itself has become another one.
    if (next < this.#anchor / 2) this.#startAnew()
    else if (early && next < this.#good && next < this.#most) this.#phase = 'slow-start'
  }

  /** More calls at a time than on the level below made no more tokens. */
  #saturated(slowdown: number): boolean {
    const before = this.#before
    return before !== undefined && before.limit < this.#limit && this.#riseSince(before, slowdown) <= growthWorthIt
  }

  #riseSince(before: Level, slowdown: number): number {
    return this.#limit / slowdown / (before.limit / before.slowdown)
  }

  #startAnew(): void {
    this.#phase = 'slow-start'
    this.#before = undefined
    this.#anchor = this.#limit
  }

  #set(limit: number): void {
    // Calls that started under nearly the same limit still say how it does.
    if (Math.abs(limit - this.#limit) > 0.05 * this.#limit) {
      this.#epoch++
      this.#skipped = 0
      this.#limit = limit
      this.#beginWindow()
    }
    this.#limit = limit
  }
}
