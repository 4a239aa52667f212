const minuteMs = 60_000
/** Share of a minute's allowance that may go at once. */
const burstShare = 1 / 6

/** An allowance per minute that fills steadily, as providers count requests and tokens. */
export class RateBucket {
  readonly #perMs: number
  readonly #most: number
  #level: number
  #filledAt: number

  constructor(perMinute: number, now: number) {
    this.#perMs = perMinute / minuteMs
    this.#most = Math.max(1, perMinute * burstShare)
    this.#level = this.#most
    this.#filledAt = now
  }

  /** How long (ms) until `amount` may be taken; 0: now. More than fits at once is taken from a full bucket, as a debt. */
  wait(amount: number, now: number): number {
    this.#fill(now)
    const missing = Math.min(amount, this.#most) - this.#level
    return missing <= 0 ? 0 : Math.ceil(missing / this.#perMs)
  }

  take(amount: number, now: number): void {
    this.#fill(now)
    this.#level -= amount
  }

  /** Corrects what was taken by guess once it is known; negative when it was more. */
  giveBack(amount: number): void {
    this.#level = Math.min(this.#most, this.#level + amount)
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#most, this.#level + Math.max(0, now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
  }
}
