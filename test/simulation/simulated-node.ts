import type BetterSqlite3 from 'better-sqlite3'
import type { Hono } from 'hono'
import { createPublicApp } from '../../node/app.ts'
import { zlibGzip } from '../../node/adapters/gzip-zlib/zlib-gzip.ts'
import { InProcessQueue } from '../../node/adapters/queue-in-process/in-process-queue.ts'
import { createJobStore } from '../../node/adapters/sqlite/job-store.ts'
import { databaseOn } from '../../node/adapters/sqlite/open.ts'
import { nodeDid } from '../../node/composition/node-did.ts'
import type { Ports } from '../../node/composition/ports.ts'
import { createSlices, type Slices } from '../../node/composition/slices.ts'
import type { Keys } from '../../node/ports/keys.ts'
import { Settings } from '../../schemas/config.ts'
import type { Did } from '../../schemas/ids.ts'
import type { Fault } from './coverage.ts'
import { diskFailure, faultyConnections, isDiskFailure, type WriteHooks } from './faulty-connection.ts'
import { Crashed, Life } from './life.ts'
import { memoryBlobs } from './memory-blobs.ts'
import type { Host, Network } from './network.ts'
import { seededRandom, stream } from './prng.ts'
import { PortMaker } from './simulated-ports.ts'
import type { World } from './world.ts'

/** What survives a crash. */
export interface Disk {
  readonly image: Buffer
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Looks at what a node has committed, at once. */
export type Observe = (node: SimulatedNode, connection: BetterSqlite3.Database) => void

export interface NodeSetting {
  readonly world: World
  readonly name: string
  readonly disk: Disk
  readonly keys: Keys
  readonly network: Network
  readonly observe: Observe
  /** ms by which the clock of the node is ahead. */
  readonly clockOffset: number
  readonly strategy?: Settings['negotiationStrategy']
}

const SHORTEST_DOWN_MS = 20
/** What the rules look at. */
const OBSERVED = ['negotiations', 'transfers', 'jobs'] as const

/** A whole node: its slices on simulated ports, started again from its committed store after every crash. */
export class SimulatedNode implements Host {
  readonly name: string
  readonly settings: Settings
  readonly did: Did
  life: Life | undefined
  /** What people can do here; undefined while the node is down or starting. */
  slices: Slices | undefined
  connection: BetterSqlite3.Database | undefined
  /** A write outside of a transaction came since the store was last observed. */
  touched = false
  readonly #setting: NodeSetting
  readonly #files: Map<string, Uint8Array>
  #image: Buffer
  #durable: Buffer | undefined
  #app: Hono | undefined
  #lives = 0

  constructor(setting: NodeSetting) {
    this.#setting = setting
    this.name = setting.name
    this.settings = Settings.parse({
      name: setting.name,
      publicUrl: `https://${setting.name}.example`,
      ...(setting.strategy === undefined ? {} : { negotiationStrategy: setting.strategy }),
    })
    this.did = nodeDid(this.settings)
    this.#image = setting.disk.image
    this.#files = new Map(setting.disk.files)
  }

  get disk(): Disk {
    return { image: this.#image, files: this.#files }
  }

  start(): void {
    const { world } = this.#setting
    this.#lives += 1
    const life = new Life(this.#lives)
    this.#durable = undefined
    this.life = life
    const { ports, connection } = this.#open(life)
    this.connection = connection
    world.trace.write(this.name, 'starts')
    if (life.number > 1) world.coverage.fault('start after a crash')
    const slices = createSlices(ports, { did: this.did, settings: this.settings })
    this.#app = createPublicApp({ routes: slices.publicRoutes, log: ports.log, gzip: ports.gzip })
    life.onEnd(() => void ports.queue.stop(0))
    if (world.faults.strikes('crash while starting')) {
      const soon = world.faults.stream.between(0, 10)
      world.timeline.after(soon, () => life.alive && this.crash('crash while starting'))
    }
    life.keep(slices.start()).then(
      () => {
        ports.queue.start()
        this.slices = slices
      },
      (error: unknown) => this.#startFailed(error),
    )
  }

  fetch(request: Request): Promise<Response> {
    return Promise.resolve(this.#app?.fetch(request) ?? Promise.reject(new Crashed()))
  }

  /** Ends this life where it stands; what was committed is all that is left. The node starts again by itself, after `downMs`. */
  crash(kind: Fault, downMs?: number): void {
    const { world } = this.#setting
    if (this.life === undefined) return
    world.faults.crashes += 1
    world.trace.write(this.name, kind)
    this.#end()
    const { stream: from, longestOutageMs } = world.faults
    const down = downMs ?? from.between(SHORTEST_DOWN_MS, from.pick([300, 300, 3_000, longestOutageMs]))
    world.timeline.after(down, () => this.start())
  }

  /** Ends this life for good. */
  stop(): void {
    if (this.life !== undefined) this.#end()
  }

  #end(): void {
    this.life?.end()
    this.life = undefined
    this.slices = undefined
    if (this.connection !== undefined) this.#close(this.connection)
    this.connection = undefined
  }

  /** In a transaction the connection closes when it has left it, and rolled back. */
  #close(connection: BetterSqlite3.Database): void {
    if (!connection.open || connection.inTransaction) return
    const cut = this.#durable !== undefined && this.#setting.world.faults.strikes('power cut')
    this.#image = cut && this.#durable !== undefined ? this.#durable : connection.serialize()
    if (cut) this.#setting.world.trace.write(this.name, 'power cut')
    connection.close()
  }

  /** What a power cut would leave. */
  #keepImage(connection: BetterSqlite3.Database): void {
    const { faults } = this.#setting.world
    if (faults.cutsPower) this.#durable = connection.serialize()
  }

  #startFailed(error: unknown): void {
    const { world } = this.#setting
    if (!isDiskFailure(error)) world.violated('D7 a node starts after every crash', `${this.name}: ${String(error)}`)
    this.crash('crash while starting')
  }

  #open(life: Life): { ports: Ports; connection: BetterSqlite3.Database } {
    const { world, keys, network, clockOffset } = this.#setting
    const maker = new PortMaker(world, this.name, life)
    const { durable: connection, relaxed } = faultyConnections(this.#image, (opened) => this.#hooks(life, opened))
    const db = databaseOn(connection, { relaxed, soon: maker.soon() })
    const clock = maker.clock(clockOffset)
    const random = seededRandom(stream(`${world.seed}/${this.name}/${life.number}`))
    const log = maker.log()
    const ports: Ports = {
      clock,
      random,
      log,
      db,
      keys: maker.keys(keys),
      blobs: maker.blobs(memoryBlobs(this.#files)),
      http: network.clientFor(this, life),
      workers: maker.workers(),
      // In the background means on another thread.
      gzip: { ...zlibGzip, pack: async (bytes) => zlibGzip.compress(bytes) },
      models: { endpoint: () => undefined, list: () => [] },
      answers: { open: () => Promise.reject(new Error('no models are simulated')), close: async () => undefined },
      peerProfiles: { caller: () => undefined, of: () => undefined },
      wrapStore: (store) => maker.store(store),
      queue: new InProcessQueue({ store: createJobStore(db), clock, random, log }),
    }
    return { ports, connection }
  }

  #hooks(life: Life, connection: BetterSqlite3.Database): WriteHooks {
    const { faults } = this.#setting.world
    const dies = (kind: Fault) => {
      if (!faults.strikes(kind)) return
      this.crash(kind)
      throw new Crashed()
    }
    return {
      committing: () => {
        if (!life.alive) throw new Crashed()
        dies('crash before a commit')
        if (faults.strikes('commit failed')) throw diskFailure()
      },
      committed: (tables) => {
        this.#keepImage(connection)
        if (OBSERVED.some((table) => tables.has(table))) this.#setting.observe(this, connection)
        dies('crash after a commit')
        if (faults.strikes('commit failed after it was made')) throw diskFailure()
      },
      writing: () => {
        if (!life.alive) throw new Crashed()
        if (faults.strikes('single write failed')) throw diskFailure()
      },
      written: (durable) => {
        this.touched = true
        if (durable) this.#keepImage(connection)
      },
      left: () => {
        if (!life.alive) this.#close(connection)
      },
    }
  }
}
