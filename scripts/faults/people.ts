import { setTimeout as sleep } from 'node:timers/promises'
import { randomInt } from 'node:crypto'
import * as z from 'zod'
import { Negotiation } from '../../schemas/negotiation.ts'
import type { Side } from './exchange-pair.ts'
import type { LiveProcess } from './state-watch.ts'

const Inbox = z.object({ exchanges: z.array(Negotiation) })

/** Looks at a pull that does not end before it is given up. */
const PATIENCE = 200

/** How often in a hundred looks at a process. */
export interface Temper {
  /** What waits for a decision is accepted, refused, or else countered. */
  readonly accepts: number
  readonly refuses: number
  /** A running transfer is suspended, a suspended one started, either ended. */
  readonly suspends: number
  readonly resumes: number
  readonly ends: number
}

/** Someone who answers what waits for a decision at a node, as long as she works there. A node that is down answers nobody. */
export class Person {
  readonly #side: Side
  readonly #temper: Temper
  #working = true
  #finishing = false
  /** Transfers that were asked to be pulled, by how often they were looked at since. */
  readonly #pulls = new Map<string, number>()
  readonly #done: Promise<void>

  constructor(side: Side, temper: Temper) {
    this.#side = side
    this.#temper = temper
    this.#done = this.#work()
  }

  /** From now on brings everything to an end: accepts, pulls what was started or ends it. Or no longer, with false. */
  finish(now = true): void {
    this.#finishing = now
  }

  async leave(): Promise<void> {
    this.#working = false
    await this.#done
  }

  async #work(): Promise<void> {
    while (this.#working) {
      await this.#look().catch(() => {})
      await sleep(50)
    }
  }

  async #look(): Promise<void> {
    const { api, watch } = this.#side
    const { exchanges } = await api.get('/exchanges/inbox', Inbox)
    const transfers = watch.live().filter(({ machine }) => machine === 'transfer')
    const move = (process: LiveProcess) => (this.#finishing ? this.#bringToEnd(process) : this.#disturb(process))
    await Promise.all([
      ...exchanges.map(({ pid }) => this.#answer(pid).catch(() => {})),
      ...transfers.map((process) => move(process).catch(() => {})),
    ])
  }

  async #answer(pid: string): Promise<void> {
    const { api } = this.#side
    const at = `/exchanges/${encodeURIComponent(pid)}`
    const dice = randomInt(100)
    const { accepts, refuses } = this.#temper
    if (this.#finishing || dice < accepts) await api.post(`${at}/acceptance`, {}, z.unknown())
    else if (dice < accepts + refuses) await api.post(`${at}/termination`, { reason: 'no' }, z.unknown())
    else await api.post(`${at}/counter`, { terms: { pulls: randomInt(1, 9) } }, z.unknown())
  }

  async #disturb({ pid, state, pending }: LiveProcess): Promise<void> {
    const { suspends, resumes, ends } = this.#temper
    const dice = randomInt(100)
    if (pending) return
    if (dice < ends) await this.#transfer(pid, 'termination')
    else if (state === 'STARTED' && dice < ends + suspends) await this.#transfer(pid, 'suspension')
    else if (state === 'SUSPENDED' && dice < ends + resumes) await this.#transfer(pid, 'start')
  }

  /** The consumer pulls under half of the transfers, which completes them, and ends the others. */
  async #bringToEnd({ pid, state, pending, role, agreement }: LiveProcess): Promise<void> {
    if (pending) return
    if (state === 'SUSPENDED') await this.#transfer(pid, 'start')
    else if (state === 'STARTED' && role === 'consumer') {
      const looks = this.#pulls.get(pid) ?? 0
      this.#pulls.set(pid, looks + 1)
      if (/[89a-f]$/.test(pid) || looks > PATIENCE) await this.#transfer(pid, 'termination')
      else if (looks === 0) await this.#side.api.post('/copies', { agreement }, z.unknown())
    }
  }

  async #transfer(pid: string, word: 'suspension' | 'start' | 'termination'): Promise<void> {
    const body = word === 'start' ? {} : { reason: 'as people do' }
    await this.#side.api.post(`/transfers/${encodeURIComponent(pid)}/${word}`, body, z.unknown())
  }
}
