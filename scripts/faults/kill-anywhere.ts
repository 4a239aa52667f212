// npm run faults:anywhere -- [KILLS]: exchanges and transfers of every kind go on at once between two nodes while either is killed with
// SIGKILL at random moments; after every few kills all of them must come to the same end on both sides within 30 s of the last restart.
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ExchangePair, openExchangePair, type Side } from './exchange-pair.ts'
import { Hits, LEAST_HITS, MACHINES } from './hits.ts'
import { finalStates } from './kill-plan.ts'
import { check, until } from './outcome.ts'
import { Person } from './people.ts'
import type { ProcessEnd } from './state-watch.ts'
import { Traffic } from './traffic.ts'

/** So many kills at random leave no state out. */
const ENOUGH_KILLS = 500
const KILLS_IN_ROUND = 10
const FIRST_AGREEMENTS = 10
const HEAL_MS = 30_000

async function killOnce(pair: ExchangePair, hits: Hits): Promise<void> {
  const name = randomInt(2) === 0 ? 'consumer' : 'provider'
  const side = pair[name]
  await sleep(randomInt(400))
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

async function heal(pair: ExchangePair, since: number): Promise<number> {
  for (;;) {
    const open = unhealed(pair)
    const took = performance.now() - since
    if (open.length === 0) return took
    check(
      took < HEAL_MS,
      `all ends alike within ${HEAL_MS / 1000} s of the last restart: ${open.slice(0, 5).join('; ')}`,
    )
    await sleep(50)
  }
}

function nothingLost({ provider, consumer }: ExchangePair, { promised }: Traffic): number {
  let count = 0
  for (const machine of MACHINES) {
    const kept = new Set([...consumer.watch.ends(machine).keys(), ...provider.watch.ends(machine).keys()])
    const lost = [...promised[machine]].filter((pid) => !kept.has(pid))
    check(lost.length === 0, `every ${machine} that a node has promised is there: ${lost.slice(0, 5).join(', ')}`)
    count += promised[machine].size
  }
  return count
}

function nothingTwice(sides: readonly Side[]): number {
  const [first = [], second = []] = sides.map(({ watch }) => watch.agreements().sort())
  check(new Set(first).size === first.length, 'no agreement twice')
  check(JSON.stringify(first) === JSON.stringify(second), 'both sides hold the same agreements')
  for (const machine of MACHINES) {
    for (const { watch } of sides) {
      const peers = [...watch.ends(machine).values()].flatMap(({ peerPid }) => peerPid ?? [])
      check(new Set(peers).size === peers.length, `no ${machine} of a peer twice`)
    }
  }
  return first.length
}

interface Round {
  readonly slowest: number
  readonly promised: number
}

/** Some kills while exchanges begin, then all of them brought to their end. */
async function killRound(pair: ExchangePair, people: readonly Person[], hits: Hits): Promise<Round> {
  const traffic = new Traffic(pair)
  for (const person of people) person.finish(false)
  const { watch } = pair.consumer
  await until('there is something to pull', () => (watch.agreements().length >= FIRST_AGREEMENTS ? true : undefined))
  for (let count = 0; count < KILLS_IN_ROUND; count += 1) await killOnce(pair, hits)
  const restarted = performance.now()
  await traffic.rest()
  for (const person of people) person.finish()
  const slowest = await heal(pair, restarted)
  return { slowest, promised: nothingLost(pair, traffic) }
}

async function run(pair: ExchangePair, least: number): Promise<void> {
  const hits = new Hits()
  const people = [
    new Person(pair.provider, { accepts: 50, refuses: 5, suspends: 6, resumes: 25, ends: 1 }),
    new Person(pair.consumer, { accepts: 60, refuses: 5, suspends: 4, resumes: 20, ends: 2 }),
  ]
  const started = performance.now()
  let [kills, promised, slowest] = [0, 0, 0]
  try {
    for (; kills < least; kills += KILLS_IN_ROUND) {
      const round = await killRound(pair, people, hits)
      promised += round.promised
      slowest = Math.max(slowest, round.slowest)
      process.stderr.write(`\r${kills + KILLS_IN_ROUND} kills, every state hit by at least ${hits.least} of them `)
    }
  } finally {
    process.stderr.write('\n')
    hits.print()
    await Promise.all(people.map((person) => person.leave()))
  }
  const agreements = nothingTwice([pair.provider, pair.consumer])
  for (const { node } of [pair.provider, pair.consumer]) await node.run(['ledger', 'verify'])
  report({ kills, promised, agreements, seconds: (performance.now() - started) / 1000, slowest: slowest / 1000 }, hits)
}

interface Figures {
  readonly kills: number
  readonly promised: number
  readonly agreements: number
  readonly seconds: number
  /** Seconds after the last restart. */
  readonly slowest: number
}

function report({ kills, promised, agreements, seconds, slowest }: Figures, hits: Hits): void {
  const healSeconds = Number(slowest.toFixed(1))
  console.log(
    `${kills} kills in ${Math.round(seconds)} s; every process ended alike, the slowest ${healSeconds} s after the last restart`,
  )
  console.log(
    `${promised} processes promised, none lost; ${agreements} agreements, each once and the same on both sides`,
  )
  console.log('both logs verify')
  console.log(
    hits.missed.length === 0
      ? `every state was hit by at least ${hits.least} kills`
      : `hit by fewer than ${LEAST_HITS} kills: ${hits.missed.join(', ')}`,
  )
  if (hits.missed.length > 0 && kills >= ENOUGH_KILLS) process.exitCode = 1
  const { least, byState } = hits
  console.log(`RESULT ${JSON.stringify({ kills, least, healSeconds, promised, agreements, hits: byState })}`)
}

if (import.meta.main) {
  const pair = await openExchangePair({
    root: '.bench/anywhere',
    bytes: 4 * 1024 * 1024,
    settings: ['--negotiation-strategy=manual', `--transfer-bytes-per-second=${8 * 1024 * 1024}`],
  })
  try {
    await run(pair, Number(process.argv[2] ?? 500))
  } finally {
    await pair.close()
  }
}
