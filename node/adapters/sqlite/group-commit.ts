import type { Orm, Transaction } from './open.ts'

interface Waiting {
  /** Runs the work inside the common transaction; gives what is to be told once that is durable. */
  readonly run: (tx: Transaction) => () => void
  readonly reject: (error: unknown) => void
}

/** Collects what asks to be committed in one turn of the event loop and commits it at once. */
export class GroupCommit {
  readonly #orm: Orm
  readonly #soon: (run: () => void) => void
  readonly #listeners: (() => void)[] = []
  #waiting: Waiting[] = []
  #effects = false

  constructor(orm: Orm, soon: (run: () => void) => void = setImmediate) {
    this.#orm = orm
    this.#soon = soon
  }

  add<Result>(work: (tx: Transaction) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#soon(() => this.flush())
      this.#waiting.push({
        reject,
        run: (tx) => {
          const results: Result[] = []
          try {
            tx.transaction((own) => void results.push(work(own)))
          } catch (error) {
            return () => reject(error)
          }
          return () => resolve(results[0] as Result)
        },
      })
    })
  }

  flush(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#effects = false
    const told: (() => void)[] = []
    try {
      this.#orm.transaction((tx) => void told.push(...waiting.map(({ run }) => run(tx))), { behavior: 'immediate' })
    } catch (error) {
      for (const { reject } of waiting) reject(error)
      // A commit that reports a failure may have been made all the same.
      this.#wake()
      return
    }
    for (const tell of told) tell()
    this.#wake()
  }

  #wake(): void {
    if (this.#effects) for (const listener of this.#listeners) listener()
  }

  onEffects(listener: () => void): void {
    this.#listeners.push(listener)
  }

  effectsWritten(): void {
    this.#effects = true
  }
}
