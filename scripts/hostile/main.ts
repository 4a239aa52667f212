// npm run hostile -- [MESSAGES] [SEED]: sends so many wrong messages (default 2000) to two nodes with processes in every state,
// and checks that none is taken, none breaks a node, nothing of an exchange changes, and memory stays flat.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Hostilities, openHostilities } from './hostilities.ts'
import { differences, rowsOf, stillHears, storm, type StormResult } from '../../test/hostile/storm.ts'
import { requestExchange, publish } from '../../test/network/exchange-helpers.ts'

/** A node that has answered this many messages has compiled what it needs and filled its bounded caches. */
const WARM_UP = 1000
const MOST_GROWTH_MB = 64
const PROBES = 10

/** Resident memory of a process as the system counts it, in MiB: the least of some moments, because garbage comes and goes. */
async function residentMb(pid: number): Promise<number> {
  let least = Infinity
  for (let probe = 0; probe < PROBES; probe += 1) {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    least = Math.min(least, Number(kilobytes) / 1024)
    await sleep(200)
  }
  return least
}

async function memoryOf({ bureau, lab }: Hostilities): Promise<number[]> {
  return Promise.all([bureau, lab].map(({ pid }) => residentMb(pid)))
}

function print({ counts }: StormResult): void {
  const statuses = [...new Set([...counts.values()].flatMap((kind) => [...kind.keys()]))].toSorted((a, b) => a - b)
  const name = (status: number) => (status === 0 ? 'closed' : String(status))
  console.log(`${'kind'.padEnd(28)}${statuses.map((status) => name(status).padStart(8)).join('')}`)
  for (const [kind, answers] of [...counts].toSorted(([a], [b]) => a.localeCompare(b))) {
    console.log(`${kind.padEnd(28)}${statuses.map((status) => String(answers.get(status) ?? '').padStart(8)).join('')}`)
  }
}

function totals({ counts }: StormResult): { messages: number; serverErrors: number } {
  const answers = [...counts.values()].flatMap((kind) => [...kind])
  const sum = (some: readonly (readonly [number, number])[]) => some.reduce((total, [, count]) => total + count, 0)
  return { messages: sum(answers), serverErrors: sum(answers.filter(([status]) => status >= 500)) }
}

async function run(count: number, seed: number): Promise<boolean> {
  await using hostilities = await openHostilities('.bench/hostile')
  const { target, bureau, lab } = hostilities
  const rows = () => [...rowsOf(bureau), ...rowsOf(lab)]
  console.log(`${target.live.length} processes at two nodes, in every state and both roles`)
  const before = rows()
  const warm = await storm(target, { count: WARM_UP, seed: seed + 1_000_000 })
  const memory = await memoryOf(hostilities)
  const result = await storm(target, { count, seed })
  const growth = (await memoryOf(hostilities)).map((mb, index) => mb - (memory[index] ?? 0))
  const changes = differences(before, rows())
  print(result)
  const { heard, wrong } = await stillHears(target)
  const dataset = await publish(bureau, [{ partners: 'members' }])
  const { state } = await requestExchange(lab, bureau, { dataset: dataset.id })
  const faults = [...warm.wrong, ...result.wrong, ...changes.map((row) => `changed: ${row}`), ...wrong]
  for (const fault of faults.slice(0, 20)) console.log(fault.slice(0, 1000))
  console.log(`slowest answer ${result.slowestMs.toFixed(0)} ms; seed ${seed}`)
  console.log(`afterwards ${heard} processes took a right message, and a new negotiation ended ${state}`)
  console.log(
    `resident memory (VmRSS) of both nodes after ${WARM_UP} messages ${memory.map((mb) => mb.toFixed(0)).join(' and ')} MiB,`,
    `then ${growth.map((mb) => `${mb < 0 ? '' : '+'}${mb.toFixed(1)}`).join(' and ')}`,
  )
  const heapGrowthMb = Number(Math.max(...growth).toFixed(1))
  console.log(`RESULT ${JSON.stringify({ ...totals(result), stateChanges: changes.length, heapGrowthMb })}`)
  return faults.length === 0 && state === 'FINALIZED' && heapGrowthMb < MOST_GROWTH_MB
}

if (import.meta.main) {
  const [count = '2000', seed = '1'] = process.argv.slice(2)
  if (!(await run(Number(count), Number(seed)))) process.exitCode = 1
}
