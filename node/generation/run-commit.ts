import { decideRun, type RunEvent } from '../../protocol/generation/run-machine.ts'
import { instantOf } from '../../protocol/instant.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import { type Run, RunId } from '../../schemas/runs.ts'
import type { SeedSetId } from '../../schemas/seeds.ts'
import { seedSetsIn } from './rows/bind-sources.ts'
import type { Effects } from '../ports/effects.ts'
import type { GenerationDeps } from './dependencies.ts'
import { isResting, type RunBoard } from './run-board.ts'
import type { Charge } from './store.ts'

export const RUN_QUEUE = 'generation-run'

export interface RunDeps extends GenerationDeps {
  readonly board: RunBoard
}

/** What an event adds to the run besides its state, and what is written with it. */
export interface RunStep<Kind extends Run = Run> {
  readonly event: RunEvent
  readonly changes?: Partial<Omit<Kind, 'id' | 'kind' | 'state' | 'version'>>
  readonly charge?: Charge
  readonly effects?: Effects
}

/** Seed sets that the run reads. */
export function seedSetsOf(run: Run): SeedSetId[] {
  if (run.kind === 'dp-table') return [run.seedSetId]
  return seedSetsIn(run.sources)
}

/** Writes a run that nobody has seen yet, with the job that works on it. */
export async function addRun<Kind extends Run>(deps: RunDeps, run: Kind, { hold = false } = {}): Promise<Kind> {
  const jobs = hold ? [] : [{ queue: RUN_QUEUE, key: run.id, payload: { id: run.id } }]
  await deps.store.addRun(run, seedSetsOf(run), { jobs })
  deps.log.info('run-started', { run: run.id, kind: run.kind })
  return run
}

/** By id, with or without `urn:uuid:`. */
export async function lookUpRun({ store }: GenerationDeps, id: string): Promise<Run | undefined> {
  const parsed = RunId.safeParse(id.startsWith('urn:uuid:') ? id : `urn:uuid:${id}`)
  return parsed.success ? store.run(parsed.data) : undefined
}

export async function findRun(deps: GenerationDeps, id: string): Promise<Run> {
  const found = await lookUpRun(deps, id)
  return found ?? refuse('not-found', 'there is no such run', 'List them with: tanemaki run list')
}

/**
 * Takes one step of a run: decides, commits, tells who watches. undefined: another step came between, so nothing was written
 * and the caller looks again. Throws Refused when the event is not for the run's state.
 */
export async function stepRun<Kind extends Run>(
  deps: RunDeps,
  run: Kind,
  step: RunStep<Kind>,
): Promise<Kind | undefined> {
  const decision = decideRun(run, step.event)
  if ('code' in decision) throw new Refused(decision)
  if (decision.next === run.state && decision.effects.length === 0 && step.changes === undefined) return run
  const { error: _error, finishedAt: _finishedAt, ...lasting } = run
  // The decision's state is one of the run's own kind.
  const next = { ...lasting, ...step.changes, state: decision.next, version: run.version + 1 } as Kind
  const finished = isResting(next) ? { ...next, finishedAt: instantOf(deps.clock.now()) } : next
  const work = decision.effects.includes('work') ? [{ queue: RUN_QUEUE, key: run.id, payload: { id: run.id } }] : []
  const effects = { ...step.effects, jobs: [...(step.effects?.jobs ?? []), ...work] }
  const commit = step.charge === undefined ? { run: finished } : { run: finished, charge: step.charge }
  if ((await deps.store.commitRun(commit, effects)) === 'conflict') return undefined
  if (decision.effects.includes('stop-work')) deps.board.cancel(run.id)
  deps.log.info('run-changed', { run: run.id, state: finished.state })
  deps.board.publish({ run: finished })
  return finished
}
