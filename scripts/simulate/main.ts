// npm run simulate -- [--seeds N] [--from S] [--minutes M]: whole nodes in one process under seeded faults; see docs/architecture.md.
// --seed S [--trace] replays one seed. --planted looks for the bugs of planted/ instead. --first ends with the first violation.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { simulateSeed } from '../../test/simulation/simulate-seed.ts'
import { createTemplate } from '../../test/simulation/template.ts'
import { findPlanted } from './planted.ts'
import { printCoverage, printTotals, printViolation } from './report.ts'
import { runSeeds } from './run-seeds.ts'

const PROGRESS_MS = 10_000
const SHOWN_VIOLATIONS = 3

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
  },
})

async function replay(seed: number): Promise<boolean> {
  const template = await createTemplate()
  const sink = values.trace ? (line: string) => console.log(line) : undefined
  const first = await simulateSeed(seed, template, sink)
  const again = await simulateSeed(seed, template)
  if (first.violation !== undefined) printViolation(values.trace ? { ...first, last: [] } : first)
  const same = first.digest === again.digest
  console.log(
    `seed ${seed}: ${first.steps} steps, digest ${first.digest}, ${same ? 'the same' : 'NOT THE SAME'} when run again`,
  )
  console.log(`RESULT ${JSON.stringify({ seeds: 1, violations: first.violation === undefined ? 0 : 1, same })}`)
  return same && first.violation === undefined
}

async function explore(): Promise<boolean> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const ending = new AbortController()
  process.once('SIGINT', () => ending.abort())
  const limit =
    values.minutes === undefined ? undefined : setTimeout(() => ending.abort(), Number(values.minutes) * 60_000)
  let shownAt = 0
  const totals = await runSeeds({
    from: Number(values.from),
    seeds: values.minutes === undefined ? Number(values.seeds) : Infinity,
    workers: Number(values.workers),
    signal: ending.signal,
    onSeed: ({ seeds, violations }, outcome) => {
      if (outcome.violation !== undefined && violations.length <= SHOWN_VIOLATIONS) printViolation(outcome)
      if (outcome.violation !== undefined && values.first) ending.abort()
      if (performance.now() - shownAt < PROGRESS_MS) return
      shownAt = performance.now()
      console.log(`${seeds} seeds, ${violations.length} violations, ${seconds().toFixed(0)} s`)
    },
  })
  clearTimeout(limit)
  const rare = values.first ? [] : printCoverage(totals)
  printTotals(totals, { seconds: seconds(), rare })
  return totals.violations.length === 0
}

const held = values.planted
  ? await findPlanted(Number(values.seeds))
  : values.seed === undefined
    ? await explore()
    : await replay(Number(values.seed))
if (!held) process.exitCode = 1
