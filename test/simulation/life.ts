/** Thrown where a node dies in the middle of its work; nobody who could act on it is alive any more. */
export class Crashed extends Error {
  constructor() {
    super('the simulated node has crashed')
    this.name = 'Crashed'
  }
}

const never = new Promise<never>(() => {})

/**
 * A node from one start to its crash. Code of a node that has crashed may still be in the middle of a promise; its ports no
 * longer answer it, so it never goes on.
 */
export class Life {
  alive = true
  /** Requests of others that it is answering, and own requests that it waits for. */
  answering = 0
  waiting = 0
  readonly number: number
  readonly #endings = new Set<() => void>()

  constructor(number: number) {
    this.number = number
  }

  end(): void {
    this.alive = false
    for (const ending of this.#endings) ending()
    this.#endings.clear()
  }

  /** Calls back at the end, unless the returned function was called before. */
  onEnd(ending: () => void): () => void {
    this.#endings.add(ending)
    return () => void this.#endings.delete(ending)
  }

  /** The value of the promise for as long as this life lasts. */
  async keep<Value>(promise: Promise<Value>): Promise<Value> {
    try {
      const value = await promise
      return this.alive ? value : await never
    } catch (error) {
      if (this.alive) throw error
      return never
    }
  }
}
