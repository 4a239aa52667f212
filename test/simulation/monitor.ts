import type BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'
import { ADVANCE_QUEUE as NEGOTIATION_QUEUE } from '../../node/negotiation/step.ts'
import type { HttpRequest } from '../../node/ports/http-client.ts'
import { ADVANCE_QUEUE as TRANSFER_QUEUE } from '../../node/transfer/step.ts'
import type { Negotiation } from '../../schemas/negotiation.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import { Book } from './book.ts'
import { type Change, type Held, transitionsIn } from './rules/change.ts'
import { brokenBy } from './rules/on-change.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

const Row = z.object({ pid: z.string(), version: z.number(), process: z.string(), token: z.string().nullable() })
type Row = z.infer<typeof Row>
const Message = z.object({ '@id': z.string() })
/** Ids of messages that a person made by hand, as a foreign connector would. */
export const FOREIGN = 'urn:foreign:'

interface Statements {
  readonly negotiations: BetterSqlite3.Statement<[], Row>
  readonly transfers: BetterSqlite3.Statement<[], Row>
  readonly jobs: BetterSqlite3.Statement<[], { key: string }>
}

/** Looks at every commit of every node, and at every message before it leaves. */
export class Monitor {
  readonly book = new Book()
  readonly #world: World
  readonly #statements = new WeakMap<BetterSqlite3.Database, Statements>()
  readonly #listeners: ((change: Change) => void)[] = []

  constructor(world: World) {
    this.#world = world
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  observe(node: SimulatedNode, connection: BetterSqlite3.Database): void {
    node.touched = false
    const { negotiations, transfers, jobs } = this.#prepared(connection)
    const known = this.book.of(node.name)
    for (const row of negotiations.all()) {
      const before = known.negotiation.get(row.pid)
      if (before?.text !== row.process || before.version !== row.version) {
        this.#changed({ kind: 'negotiation', before, after: held<Negotiation>(node.name, row) })
      }
    }
    for (const row of transfers.all()) {
      const before = known.transfer.get(row.pid)
      if (before?.text !== row.process || before.version !== row.version) {
        this.#changed({ kind: 'transfer', before, after: held<Transfer>(node.name, row) })
      }
    }
    this.#checkOutbox(node.name, new Set(jobs.all().map(({ key }) => key)))
  }

  /** D3: what is on the wire was committed before. */
  censor(from: string, { method, url, body }: HttpRequest): void {
    if (method !== 'POST' || typeof body !== 'string' || !url.includes('/dsp/')) return
    const id = Message.safeParse(JSON.parse(body)).data?.['@id']
    if (id === undefined || id.startsWith(FOREIGN) || this.book.wasDecided(id)) return
    this.#world.violated('D3 a message leaves after its commit', `${from} sends ${id} to ${url}`)
  }

  #changed(change: Change): void {
    const { trace, coverage } = this.#world
    const { node, process, version } = change.after
    const pending = process.pending === undefined ? '' : ` says ${process.pending.says}`
    trace.write(
      node,
      `${change.kind} ${process.pid.slice(9, 17)} ${process.role} v${version} ${process.state}${pending}`,
    )
    this.book.enter(change)
    for (const name of transitionsIn(change) ?? []) coverage.transition(name)
    for (const [rule, detail] of brokenBy(change, this.book)) this.#world.violated(rule, detail)
    for (const listener of this.#listeners) listener(change)
  }

  /** D2: whatever is pending has a job that delivers it. */
  #checkOutbox(node: string, keys: ReadonlySet<string>): void {
    const { negotiation, transfer } = this.book.of(node)
    for (const { process } of [...negotiation.values(), ...transfer.values()]) {
      if (process.pending === undefined || keys.has(process.pid)) continue
      this.#world.violated('D2 what is pending has a job', `${process.pid} at ${node} says ${process.pending.says}`)
    }
  }

  #prepared(connection: BetterSqlite3.Database): Statements {
    const known = this.#statements.get(connection)
    if (known !== undefined) return known
    const jobs = `select key from jobs where state = 'ready' and queue in ('${NEGOTIATION_QUEUE}', '${TRANSFER_QUEUE}')`
    const made: Statements = {
      negotiations: connection.prepare('select pid, version, process, null as token from negotiations order by rowid'),
      transfers: connection.prepare(
        'select pid, version, process, token_sha256 as token from transfers order by rowid',
      ),
      jobs: connection.prepare(jobs),
    }
    this.#statements.set(connection, made)
    return made
  }
}

/** Not parsed by a schema: what is wrong with it is for the slices to find. */
function held<Process>(node: string, { version, process, token }: Row): Held<Process> {
  return { node, version, text: process, process: JSON.parse(process) as Process, token }
}
