import { Worker } from 'node:worker_threads'
import { Coverage } from '../../test/simulation/coverage.ts'
import type { Outcome } from '../../test/simulation/simulate-seed.ts'

export interface Plan {
  readonly from: number
  readonly seeds: number
  readonly workers: number
  /** Ends the run early. */
  readonly signal: AbortSignal
  /** Called after every seed. */
  readonly onSeed: (totals: Totals, outcome: Outcome) => void
}

/** What all seeds together came to. */
export interface Totals {
  seeds: number
  steps: number
  /** ms of virtual time. */
  simulated: number
  readonly violations: Outcome[]
  readonly coverage: Coverage
}

/** A seed of usual length takes a fraction of a second; one that never ends is a violation too. */
const LONGEST_SEED_MS = 120_000

/** Runs the seeds on threads, each of which takes the next one when it is free. */
export async function runSeeds(plan: Plan): Promise<Totals> {
  const totals: Totals = { seeds: 0, steps: 0, simulated: 0, violations: [], coverage: new Coverage() }
  let next = plan.from
  const take = () => {
    if (plan.signal.aborted || next >= plan.from + plan.seeds) return undefined
    next += 1
    return next - 1
  }
  const enter = (outcome: Outcome) => {
    totals.seeds += 1
    totals.steps += outcome.steps
    totals.simulated += outcome.simulated
    totals.coverage.take(outcome.coverage)
    if (outcome.violation !== undefined) totals.violations.push(outcome)
    plan.onSeed(totals, outcome)
  }
  const work = async () => {
    while ((await runThread(take, enter)) === 'worn');
  }
  await Promise.all(Array.from({ length: plan.workers }, work))
  return totals
}

/** Seeds of one thread. What a crash leaves waiting for ever is not all collected while its thread lives. */
const SEEDS_OF_THREAD = 300

/** done: there are no more seeds. worn: the thread has run its share. */
function runThread(take: () => number | undefined, enter: (outcome: Outcome) => void): Promise<'done' | 'worn'> {
  const thread = new Worker(new URL('./seed-worker.ts', import.meta.url), {
    // Most of what a seed makes is gone with it.
    resourceLimits: { maxYoungGenerationSizeMb: 96 },
  })
  let current: number | undefined
  let watchdog: NodeJS.Timeout | undefined
  return new Promise((resolve, reject) => {
    let left = SEEDS_OF_THREAD
    const close = (end: 'done' | 'worn') => {
      clearTimeout(watchdog)
      void thread.terminate().then(() => resolve(end), reject)
    }
    thread.on('error', (error) => {
      clearTimeout(watchdog)
      reject(new Error(`seed ${current} ended its thread`, { cause: error }))
    })
    thread.on('message', ({ outcome }: { outcome?: Outcome }) => {
      clearTimeout(watchdog)
      if (outcome !== undefined) enter(outcome)
      if (left === 0) return close('worn')
      left -= 1
      current = take()
      if (current === undefined) return close('done')
      const seed = current
      watchdog = setTimeout(() => {
        enter(endless(seed))
        close('worn')
      }, LONGEST_SEED_MS)
      return thread.postMessage({ seed }, [])
    })
  })
}

function endless(seed: number): Outcome {
  const violation = { rule: 'D9 every step ends', detail: `no end after ${LONGEST_SEED_MS / 1000} s` }
  const coverage = new Coverage().plain()
  return { seed, violation, steps: 0, simulated: 0, digest: '', last: [], coverage }
}
