import { setTimeout as sleep } from 'node:timers/promises'
import { randomInt } from 'node:crypto'
import * as z from 'zod'
import { Negotiation } from '../../schemas/negotiation.ts'
import type { Side } from './exchange-pair.ts'

const Inbox = z.object({ exchanges: z.array(Negotiation) })
const Transfers = z.object({ transfers: z.array(z.object({ pid: z.string(), role: z.string(), state: z.string() })) })

/** How often in a hundred decisions; the rest is a counter-offer. */
export interface Temper {
  readonly accepts: number
  readonly refuses: number
}

/** Someone who answers what waits for a decision at a node, as long as she works there. A node that is down answers nobody. */
export class Person {
  readonly #side: Side
  readonly #temper: Temper
  #working = true
  readonly #done: Promise<void>

  constructor(side: Side, temper: Temper) {
    this.#side = side
    this.#temper = temper
    this.#done = this.#work()
  }

  async leave(): Promise<void> {
    this.#working = false
    await this.#done
  }

  async #work(): Promise<void> {
    while (this.#working) {
      await this.#look().catch(() => {})
      await sleep(25)
    }
  }

  async #look(): Promise<void> {
    const { api } = this.#side
    for (const { pid } of (await api.get('/exchanges/inbox', Inbox)).exchanges) await this.#answer(pid).catch(() => {})
    const { transfers } = await api.get('/transfers?limit=100', Transfers)
    for (const { pid, role, state } of transfers) {
      const at = `/transfers/${encodeURIComponent(pid)}`
      if (role !== 'provider') continue
      if (state === 'SUSPENDED') await api.post(`${at}/start`, {}, z.unknown()).catch(() => {})
      else if (state === 'STARTED' && this.#temper.refuses > 0 && randomInt(100) < 10) {
        await api.post(`${at}/suspension`, { reason: 'a pause' }, z.unknown()).catch(() => {})
      }
    }
  }

  async #answer(pid: string): Promise<void> {
    const { api } = this.#side
    const at = `/exchanges/${encodeURIComponent(pid)}`
    const dice = randomInt(100)
    const { accepts, refuses } = this.#temper
    if (dice < accepts) await api.post(`${at}/acceptance`, {}, z.unknown())
    else if (dice < accepts + refuses) await api.post(`${at}/termination`, { reason: 'no' }, z.unknown())
    else await api.post(`${at}/counter`, { terms: { pulls: randomInt(1, 9) } }, z.unknown())
  }
}
