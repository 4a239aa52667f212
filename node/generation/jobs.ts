import * as z from 'zod'
import { RunId } from '../../schemas/runs.ts'
import { Refused } from '../../protocol/refusal.ts'
import { errorFields } from '../telemetry/logger.ts'
import type { JobContext, JobHandler, JobOutcome } from '../ports/queue.ts'
import { advanceRowRun } from './rows/advance-row-run.ts'
import { isResting, RunCancelled } from './run-board.ts'
import { RUN_QUEUE, type RunDeps, stepRun } from './run-commit.ts'
import { advanceTableRun } from './tables/advance-table-run.ts'

const Payload = z.object({ id: RunId })
/** Tries after which an unexpected failure is the run's end; a person may resume it. */
const MOST_TRIES = 3

/** Brings a run from wherever it stands to its end; every step is committed, so a crash goes on behind the last one. */
export function runHandler(deps: RunDeps): JobHandler {
  return {
    queue: RUN_QUEUE,
    concurrency: 1,
    run: async (payload, context) => {
      const { id } = Payload.parse(payload)
      const work = deps.board.begin(id, context.signal)
      try {
        return await advance(deps, id, work.signal)
      } catch (error) {
        return await settleFailure(deps, id, { error, context })
      } finally {
        work.end()
      }
    },
  }
}

async function advance(deps: RunDeps, id: RunId, signal: AbortSignal): Promise<JobOutcome> {
  for (;;) {
    signal.throwIfAborted()
    const run = await deps.store.run(id)
    if (run === undefined || isResting(run)) return { kind: 'done' }
    if (run.kind === 'dp-table') await advanceTableRun(deps, run, signal)
    else await advanceRowRun(deps, run, signal)
  }
}

async function settleFailure(
  deps: RunDeps,
  id: RunId,
  { error, context }: { error: unknown; context: JobContext },
): Promise<JobOutcome> {
  if (error instanceof RunCancelled) return { kind: 'done' }
  if (context.signal.aborted) return { kind: 'retry', error: 'the node stopped' }
  if (!(error instanceof Refused) && context.attempt < MOST_TRIES) throw error
  const reason =
    error instanceof Refused
      ? `${error.refusal.detail}. ${error.refusal.hint}`
      : 'the node failed at it; its log has an entry with the same time'
  deps.log.warn('run-failed', { run: id, ...errorFields(error) })
  for (;;) {
    const run = await deps.store.run(id)
    if (run === undefined || isResting(run)) return { kind: 'done' }
    if ((await stepRun(deps, run, { event: 'failed', changes: { error: reason } })) !== undefined)
      return { kind: 'done' }
  }
}
