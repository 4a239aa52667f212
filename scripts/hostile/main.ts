// npm run hostile -- [MESSAGES] [SEED]: sends so many wrong messages (default 2000) to two nodes with processes in every state,
// and checks that none is taken, none breaks a node, nothing of an exchange changes, and memory stays flat.
import { type Hostilities, openHostilities } from './hostilities.ts'
import { differences, rowsOf, stillHears, storm, type StormResult } from '../../test/hostile/storm.ts'
import { memoryOf, type NodeMemory } from './node-memory.ts'
import { requestExchange, publish } from '../../test/network/exchange-helpers.ts'

/** A node that has answered this many messages has compiled what it needs and filled its bounded caches. */
const WARM_UP = 1000
const MOST_GROWTH_MB = 16

function measured({ bureau, lab }: Hostilities): Promise<NodeMemory[]> {
  return Promise.all([bureau, lab].map(memoryOf))
}

/** How much more both nodes hold than before, in MiB. */
function growth(before: readonly NodeMemory[], after: readonly NodeMemory[], of: keyof NodeMemory): number {
  return Math.max(...after.map((memory, index) => memory[of] - (before[index]?.[of] ?? 0)))
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
  const memory = await measured(hostilities)
  const result = await storm(target, { count, seed })
  const heldAfter = await measured(hostilities)
  const changes = differences(before, rows())
  print(result)
  const { heard, wrong } = await stillHears(target)
  const dataset = await publish(bureau, [{ partners: 'members' }])
  const { state } = await requestExchange(lab, bureau, { dataset: dataset.id })
  const faults = [...warm.wrong, ...result.wrong, ...changes.map((row) => `changed: ${row}`), ...wrong]
  for (const fault of faults.slice(0, 20)) console.log(fault.slice(0, 1000))
  console.log(`slowest answer ${result.slowestMs.toFixed(0)} ms; seed ${seed}`)
  console.log(`afterwards ${heard} processes took a right message, and a new negotiation ended ${state}`)
  const heapGrowthMb = Number(growth(memory, heldAfter, 'heapMb').toFixed(1))
  const list = (held: readonly NodeMemory[], of: keyof NodeMemory) =>
    held.map((each) => each[of].toFixed(1)).join(' and ')
  for (const [of, name] of [
    ['heapMb', 'heap after garbage collection'],
    ['residentMb', 'resident (VmRSS)'],
  ] as const) {
    console.log(`${name}: ${list(memory, of)} MiB after ${WARM_UP} messages, then ${list(heldAfter, of)} MiB`)
  }
  console.log(`RESULT ${JSON.stringify({ ...totals(result), stateChanges: changes.length, heapGrowthMb })}`)
  return faults.length === 0 && state === 'FINALIZED' && heapGrowthMb < MOST_GROWTH_MB
}

if (import.meta.main) {
  const [count = '2000', seed = '1'] = process.argv.slice(2)
  if (!(await run(Number(count), Number(seed)))) process.exitCode = 1
}
