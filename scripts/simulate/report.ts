import { FAULTS } from '../../test/simulation/coverage.ts'
import { allTransitions } from '../../test/simulation/rules/change.ts'
import type { Outcome } from '../../test/simulation/simulate-seed.ts'
import type { Totals } from './run-seeds.ts'

/** How often every transition and every fault must have come up for a run to mean something. */
const ENOUGH = 100

const number = (value: number) => value.toLocaleString('en')

export function printViolation({ seed, violation, last }: Outcome): void {
  console.log(`\nseed ${seed} violates: ${violation?.rule}\n  ${violation?.detail}`)
  for (const line of last.slice(-40)) console.log(`  ${line}`)
  console.log(`  again: npm run simulate -- --seed ${seed} --trace\n`)
}

/** What came up how often; the names of what came up too rarely. */
export function printCoverage({ coverage }: Totals): string[] {
  const rare: string[] = []
  const line = (name: string, count: number) => {
    console.log(`${number(count).padStart(11)}  ${name}`)
    if (count < ENOUGH) rare.push(name)
  }
  console.log('\nfaults')
  for (const fault of FAULTS) line(fault, coverage.faults.get(fault) ?? 0)
  console.log('\ntransitions')
  for (const name of allTransitions()) line(name, coverage.transitions.get(name) ?? 0)
  console.log('\nwhat people did')
  for (const [name, count] of coverage.actions) console.log(`${number(count).padStart(11)}  ${name}`)
  return rare
}

export function printTotals(totals: Totals, { seconds, rare }: { seconds: number; rare: readonly string[] }): void {
  const hours = totals.simulated / 3_600_000
  if (rare.length > 0) console.log(`\nfewer than ${ENOUGH} times: ${rare.join('; ')}`)
  console.log(
    `\n${number(totals.seeds)} seeds in ${seconds.toFixed(0)} s: ${number(totals.steps)} steps, ` +
      `${hours.toFixed(1)} simulated hours, ${totals.violations.length} violated invariants`,
  )
  const result = {
    seeds: totals.seeds,
    violations: totals.violations.length,
    seconds: Math.round(seconds),
    simulatedHours: Math.round(hours * 10) / 10,
    steps: totals.steps,
    rare: rare.length,
    failing: totals.violations.slice(0, 20).map(({ seed }) => seed),
  }
  console.log(`RESULT ${JSON.stringify(result)}`)
}
