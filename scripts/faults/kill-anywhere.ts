// npm run faults:anywhere -- [KILLS]: exchanges of every kind go on at once between two nodes while either is killed with SIGKILL at
// random moments; after every few kills all of them must come to the same end on both sides within 30 s of the last restart.
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { AgreementRecord } from '../../schemas/negotiation.ts'
import { type ExchangePair, openExchangePair, type Side } from './exchange-pair.ts'
import { finalStates } from './kill-plan.ts'
import { check } from './outcome.ts'
import { Person } from './people.ts'
import type { LiveProcess, ProcessEnd } from './state-watch.ts'

const KILLS_IN_ROUND = 10
const EXCHANGES_IN_ROUND = 12
const PULLS_IN_ROUND = 40
const HEAL_MS = 30_000
const LEAST_HITS = 10
const Agreements = z.object({ agreements: z.array(AgreementRecord) })
const MACHINES = ['negotiation', 'transfer'] as const

/** How often a process in this state was alive in a node that was killed. `saying`: a decided message was not acknowledged yet. */
class Hits {
  readonly counts = new Map<string, number>()
  saying = 0

  add(side: string, live: readonly LiveProcess[]): void {
    for (const { machine, state, pending } of live) {
      const name = `${side} ${machine} ${state}`
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
      if (pending) this.saying += 1
    }
  }

  print(): void {
    for (const [name, count] of [...this.counts].sort(([a], [b]) => a.localeCompare(b)))
      console.log(`${String(count).padStart(5)}  ${name}`)
    console.log(`${String(this.saying).padStart(5)}  of these with a message decided and not yet acknowledged`)
  }
}

/** States in which a process of each side can live when a node dies. */
const EXPECTED = {
  consumer: {
    negotiation: ['INITIAL', 'REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'],
    transfer: ['INITIAL', 'REQUESTED', 'STARTED', 'SUSPENDED'],
  },
  provider: {
    negotiation: ['INITIAL', 'REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'],
    transfer: ['REQUESTED', 'STARTED', 'SUSPENDED'],
  },
} as const

/** Starts what partners start: requests, offers, and pulls under what has been agreed on. Nobody waits for the answers. */
async function begin(pair: ExchangePair, pulled: Set<string>): Promise<void> {
  const { provider, consumer, datasetId } = pair
  const request = { provider: provider.node.did, dataset: datasetId }
  const offer = { partner: consumer.node.did, dataset: datasetId }
  for (let count = 0; count < EXCHANGES_IN_ROUND; count += 1) {
    const [side, path, body] =
      count % 3 === 0 ? [provider, '/exchanges/offers', offer] : [consumer, '/exchanges', request]
    side.api.follow(path, body, { schema: z.unknown() }).catch(() => {})
    await sleep(randomInt(40))
  }
  for (let count = 0; count < PULLS_IN_ROUND; count += 1) {
    const { agreements } = await consumer.api.get('/agreements?limit=100', Agreements).catch(() => ({ agreements: [] }))
    const next = agreements.find(({ id }) => !pulled.has(id))
    if (next !== undefined) {
      pulled.add(next.id)
      consumer.api.post('/copies', { agreement: next.id }, z.unknown()).catch(() => {})
    }
    await sleep(randomInt(100))
  }
}

async function killOnce(pair: ExchangePair, hits: Hits): Promise<void> {
  const name = randomInt(2) === 0 ? 'consumer' : 'provider'
  const side = pair[name]
  await sleep(randomInt(250))
  process.kill(side.node.pid, 'SIGKILL')
  await side.node.kill()
  hits.add(name, side.watch.live())
  await side.node.start()
}

/** What is not yet at an end, or not at the same on both sides; empty when all is well. */
function unhealed({ provider, consumer }: ExchangePair): string[] {
  return MACHINES.flatMap((machine) => {
    const [theirs, own] = [consumer.watch.ends(machine), provider.watch.ends(machine)]
    const all: [string, ProcessEnd][] = [...theirs, ...own]
    return all.flatMap(([pid, { state, peerPid }]) => {
      if (!finalStates[machine].has(state)) return [`${machine} ${pid} is ${state}`]
      const other = peerPid === undefined ? undefined : (theirs.get(peerPid) ?? own.get(peerPid))
      if (other === undefined) return peerPid === undefined ? [] : [`${machine} ${pid} has lost its other side`]
      return other.state === state ? [] : [`${machine} ${pid} is ${state}, and ${other.state} on the other side`]
    })
  })
}

async function heal(pair: ExchangePair): Promise<number> {
  const started = performance.now()
  for (;;) {
    const open = unhealed(pair)
    const took = performance.now() - started
    if (open.length === 0) return took
    check(
      took < HEAL_MS,
      `all ends alike within ${HEAL_MS / 1000} s of the last restart: ${open.slice(0, 5).join('; ')}`,
    )
    await sleep(50)
  }
}

function nothingTwice(sides: readonly Side[]): number {
  const [first = [], second = []] = sides.map(({ watch }) => watch.agreements().sort())
  check(new Set(first).size === first.length, 'no agreement twice')
  check(JSON.stringify(first) === JSON.stringify(second), 'both sides hold the same agreements')
  return first.length
}

function leastHit(hits: Hits): number {
  const expected = (['consumer', 'provider'] as const).flatMap((side) =>
    MACHINES.flatMap((machine) => EXPECTED[side][machine].map((state: string) => `${side} ${machine} ${state}`)),
  )
  return Math.min(...expected.map((name) => hits.counts.get(name) ?? 0))
}

async function run(pair: ExchangePair, least: number): Promise<void> {
  const hits = new Hits()
  const pulled = new Set<string>()
  const people = [
    new Person(pair.provider, { accepts: 45, refuses: 5 }),
    new Person(pair.consumer, { accepts: 60, refuses: 5 }),
  ]
  const started = performance.now()
  let kills = 0
  let slowest = 0
  try {
    while (kills < least) {
      const begun = begin(pair, pulled)
      for (let count = 0; count < KILLS_IN_ROUND; count += 1, kills += 1) await killOnce(pair, hits)
      await begun
      slowest = Math.max(slowest, await heal(pair))
      process.stderr.write(`\r${kills} kills, every state hit at least ${leastHit(hits)} times `)
    }
  } finally {
    process.stderr.write('\n')
    hits.print()
    await Promise.all(people.map((person) => person.leave()))
  }
  const agreements = nothingTwice([pair.provider, pair.consumer])
  for (const { node } of [pair.provider, pair.consumer]) await node.run(['ledger', 'verify'])
  const seconds = Math.round((performance.now() - started) / 1000)
  const healSeconds = Number((slowest / 1000).toFixed(1))
  console.log(
    `${kills} kills in ${seconds} s; every exchange ended alike, the slowest ${healSeconds} s after the last restart`,
  )
  console.log(`${agreements} agreements, each once and the same on both sides; both logs verify`)
  if (leastHit(hits) < LEAST_HITS) {
    console.log(
      `some states were hit fewer than ${LEAST_HITS} times; npm run faults hits those without offers one by one`,
    )
  }
  console.log(
    `RESULT ${JSON.stringify({ kills, least: leastHit(hits), healSeconds, agreements, hits: Object.fromEntries(hits.counts) })}`,
  )
}

if (import.meta.main) {
  const pair = await openExchangePair({
    root: '.bench/anywhere',
    bytes: 12 * 1024 * 1024,
    settings: ['--negotiation-strategy=manual', `--transfer-bytes-per-second=${24 * 1024 * 1024}`],
  })
  try {
    await run(pair, Number(process.argv[2] ?? 500))
  } finally {
    await pair.close()
  }
}
