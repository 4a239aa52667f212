import type { Ports } from '../../node/composition/ports.ts'
import type { Blobs } from '../../node/ports/blobs.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { Keys } from '../../node/ports/keys.ts'
import type { LogFields, Logger } from '../../node/telemetry/logger.ts'
import type { Life } from './life.ts'
import type { World } from './world.ts'

/** How the ports of one life of a node are made: they answer as long as it lasts, and some of them slowly. */
export class PortMaker {
  readonly #world: World
  readonly #life: Life
  readonly #name: string

  constructor(world: World, name: string, life: Life) {
    this.#world = world
    this.#name = name
    this.#life = life
  }

  clock(offset: number): Clock {
    const { timeline } = this.#world
    return {
      now: () => timeline.now + offset,
      after: (ms, run) => {
        const forget = this.#life.onEnd(() => cancel())
        const cancel = timeline.after(ms, () => {
          forget()
          run()
        })
        return () => {
          forget()
          cancel()
        }
      },
    }
  }

  keys(keys: Keys): Keys {
    const life = this.#life
    return {
      sign: (use, message) => life.keep(keys.sign(use, message)),
      publicJwk: (use) => life.keep(keys.publicJwk(use)),
      seal: (context, plaintext) => life.keep(keys.seal(context, plaintext)),
      open: (context, sealed) => life.keep(keys.open(context, sealed)),
      derive: (context) => life.keep(keys.derive(context)),
    }
  }

  blobs(blobs: Blobs): Blobs {
    return {
      ...blobs,
      write: (path, content) => this.hold(() => blobs.write(path, content)),
      read: (path) => this.hold(() => blobs.read(path)),
      remove: (path) => this.hold(() => blobs.remove(path)),
      move: (from, to) => this.hold(() => blobs.move(from, to)),
    }
  }

  /** Every method of a store takes a while: another event can come between any two of its calls. */
  store<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...values: unknown[]) => this.hold(async () => Reflect.apply(method, target, values))
      },
    })
  }

  /** `work` after a while, and its outcome after another. */
  async hold<Value>(work: () => Promise<Value>): Promise<Value> {
    await this.#pause()
    try {
      return await this.#life.keep(work())
    } finally {
      await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    const { faults, timeline } = this.#world
    if (!this.#life.alive) return this.#life.keep(Promise.resolve())
    return faults.strikes('store slow') ? this.#life.keep(timeline.sleep(faults.stream.between(0, 25))) : undefined
  }

  /** When a store commits what was asked for meanwhile. */
  soon(): (run: () => void) => void {
    const { faults, timeline } = this.#world
    return (run) => {
      const wait = faults.active ? faults.stream.between(0, 3) : 0
      timeline.after(wait, () => {
        if (this.#life.alive) run()
      })
    }
  }

  workers(): Ports['workers'] {
    return {
      run: async (task) => {
        throw new Error(`no actor of the simulation needs the worker task ${task}`)
      },
    }
  }

  /** What a node reports as an error is one, unless a fault explains it. */
  log(): Logger {
    const { trace } = this.#world
    const write = (level: string) => (event: string, fields?: LogFields) => {
      if (!this.#life.alive) return
      trace.write(this.#name, `${level} ${event}${told(fields)}`)
      if (level !== 'info' && !explained(event, fields)) {
        const rule = event === 'job-dead' ? 'D9 no job is given up' : 'D8 nothing unforeseen is thrown'
        this.#world.violated(rule, `${this.#name} logs ${event}${told(fields)}`)
      }
    }
    return { info: write('info'), warn: write('warn'), error: write('error') }
  }
}

const DISK = new Set(['SqliteError', 'DrizzleQueryError'])

function explained(event: string, fields: LogFields = {}): boolean {
  const { error } = fields
  if (event === 'job-dead') return false
  return error === undefined || error === 'Refused' || (typeof error === 'string' && DISK.has(error))
}

function told(fields: LogFields = {}): string {
  const values = Object.entries(fields).filter(([, value]) => value !== undefined)
  return values.map(([name, value]) => ` ${name}=${String(value)}`).join('')
}
