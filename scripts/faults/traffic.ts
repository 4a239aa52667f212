import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { ExchangePair } from './exchange-pair.ts'
import type { Machine } from './state-watch.ts'

const LONGEST_PAUSE_MS = 120
/** As many as come to their end within seconds, once nothing dies any more. */
const MOST_OPEN = 40
const NEWEST_AGREEMENTS = 40
const Begun = z.object({ pid: z.string() })

/**
 * What partners begin: requests, offers, transfers under what has been agreed on, and pulls of their bytes. Nobody waits for the
 * answers, and a node that is down is asked in vain.
 */
export class Traffic {
  /** Processes of which a node has said that it has begun them. */
  readonly promised: Readonly<Record<Machine, Set<string>>> = { negotiation: new Set(), transfer: new Set() }
  readonly #pair: ExchangePair
  #open = true
  readonly #done: Promise<void>

  constructor(pair: ExchangePair) {
    this.#pair = pair
    this.#done = this.#work()
  }

  async rest(): Promise<void> {
    this.#open = false
    await this.#done
  }

  async #work(): Promise<void> {
    let turn = 0
    while (this.#open) {
      turn += 1
      const live = this.#pair.consumer.watch.live()
      const open = (machine: Machine) => live.filter((process) => process.machine === machine).length
      if (turn % 3 === 0 && open('negotiation') < MOST_OPEN) this.#exchange(turn % 2 === 0)
      if (open('transfer') < MOST_OPEN) this.#transfer(turn % 6 === 0)
      await sleep(randomInt(LONGEST_PAUSE_MS))
    }
  }

  #exchange(byConsumer: boolean): void {
    const { consumer, provider, datasetId: dataset } = this.#pair
    if (byConsumer) {
      const onProgress = (progress: unknown) => this.#promise('negotiation', progress)
      const request = { provider: provider.node.did, dataset }
      consumer.api.follow('/exchanges', request, { schema: z.unknown(), onProgress }).catch(() => {})
    } else {
      const offer = { partner: consumer.node.did, dataset }
      provider.api.post('/exchanges/offers', offer, z.unknown()).then(
        (begun) => this.#promise('negotiation', begun),
        () => {},
      )
    }
  }

  /** One that moves no bytes stays where people put it; a pull takes it over and completes it. */
  #transfer(pulls: boolean): void {
    const { consumer } = this.#pair
    const newest = consumer.watch.agreements().slice(-NEWEST_AGREEMENTS)
    const agreement = newest[randomInt(Math.max(newest.length, 1))]
    if (agreement === undefined) return
    if (pulls) consumer.api.post('/copies', { agreement }, z.unknown()).catch(() => {})
    else {
      consumer.api.post('/transfers', { agreement }, z.unknown()).then(
        (begun) => this.#promise('transfer', begun),
        () => {},
      )
    }
  }

  #promise(machine: Machine, begun: unknown): void {
    const { data } = Begun.safeParse(begun)
    if (data !== undefined) this.promised[machine].add(data.pid)
  }
}
