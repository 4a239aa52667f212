import { fdatasync } from 'node:fs'
import { promisify } from 'node:util'
import type BetterSqlite3 from 'better-sqlite3'

const sync = promisify(fdatasync)

interface Waiting {
  readonly work: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface DurableWritesOptions {
  readonly connection: BetterSqlite3.Database
  /** Descriptor of the write-ahead log; undefined for a database in memory. */
  readonly log: () => number | undefined
}

/**
 * Writes that are made durable together without holding up the event loop: one transaction for all that were asked for while the one
 * before was on its way to the disk, and the disk is waited for in another thread. The connection is in WAL mode with
 * synchronous=NORMAL, which leaves exactly this wait to us (sqlite.org/pragma.html#pragma_synchronous): a frame that is in the log on
 * disk survives a power cut, and SQLite itself syncs log and database around a checkpoint.
 */
export class DurableWrites {
  readonly #options: DurableWritesOptions
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(options: DurableWritesOptions) {
    this.#options = options
  }

  /** Resolves when the work, a few statements, is durable. When one of a group fails, all of the group do. */
  add(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async settle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What is asked for in the same turn goes along.
      await new Promise((resolve) => setImmediate(resolve))
      const group = this.#waiting
      this.#waiting = []
      try {
        this.#options.connection.transaction(() => group.forEach(({ work }) => work()))()
        const log = this.#options.log()
        if (log !== undefined) await sync(log)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#running = undefined
  }
}
