import { decideRun } from '../../protocol/generation/run-machine.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { SpendingLimit } from '../../schemas/row-recipe.ts'
import type { RowRun, Run } from '../../schemas/runs.ts'
import { findSeedSet } from './describe-seeds.ts'
import type { Runs } from './operations.ts'
import { exportBatch, importBatch } from './rows/batch.ts'
import { previewRows } from './rows/preview-rows.ts'
import { compareRuns, reportRun } from './rows/run-report.ts'
import { discloseRows, verifyRun } from './rows/verify-run.ts'
import { startRowRun } from './rows/start-row-run.ts'
import { isResting } from './run-board.ts'
import { findRun, lookUpRun, type RunDeps, seedSetsOf, stepRun } from './run-commit.ts'
import { claimOf } from './tables/claim.ts'
import { previewTable } from './tables/preview-table.ts'
import { startTableRun } from './tables/start-table-run.ts'

const MOST_LISTED = 1000

export function createRuns(deps: RunDeps): Runs {
  const again = async (id: string, event: 'cancel-requested' | 'resume-requested', limit?: SpendingLimit) => {
    for (;;) {
      const run = await findRun(deps, id)
      const stepped = await (run.kind === 'rows' && limit !== undefined
        ? stepRun(deps, run, { event, changes: { recipe: { ...run.recipe, limit } } })
        : stepRun(deps, run, { event }))
      if (stepped !== undefined) return stepped
    }
  }
  return {
    preview: (recipe, signal) =>
      recipe.kind === 'dp-table' ? previewTable(deps, recipe) : previewRows(deps, recipe, signal),
    start: ({ recipe, dataset, runSeed, hold }) =>
      recipe.kind === 'dp-table'
        ? startTableRun(deps, { recipe, dataset })
        : startRowRun(deps, { recipe, dataset, runSeed, hold: hold === true }),
    get: (id) => lookUpRun(deps, id),
    list: () => deps.store.runs({ limit: MOST_LISTED }),
    cancel: (id) => again(id, 'cancel-requested'),
    resume: async (id, { limit } = {}) => {
      await refuseIfErased(deps, await findRun(deps, id))
      return again(id, 'resume-requested', limit)
    },
    exportBatch: async (id, options) => exportBatch(deps, await findRowRun(deps, id), options),
    importBatch: async (id, lines) => importBatch(deps, await findRowRun(deps, id), lines),
    follow: (id, options) => followRun(deps, id, options),
    report: (id, signal) => reportRun(deps, id, signal),
    compare: (runs, signal) => compareRuns(deps, runs, signal),
    verify: (id, request, signal) => verifyRun(deps, id, { ...request, signal }),
    disclose: (id, request, signal) => discloseRows(deps, id, { ...request, signal }),
    claim: async (id) => {
      const run = await findRun(deps, id)
      return run.kind === 'dp-table' ? claimOf(deps, run) : undefined
    },
  }
}

async function findRowRun(deps: RunDeps, id: string): Promise<RowRun> {
  const run = await findRun(deps, id)
  if (run.kind === 'rows') return run
  return refuse('invalid-request', 'a run of a table asks no model', 'Only runs of row recipes have batch files.')
}

async function refuseIfErased(deps: RunDeps, run: Run): Promise<void> {
  if ('code' in decideRun(run, 'resume-requested')) return
  for (const id of seedSetsOf(run)) {
    if ((await findSeedSet(deps, id)).state !== 'erased') continue
    const what = run.kind === 'dp-table' ? 'and its measurements with it' : 'and what was made from it'
    refuse('conflict', `the seed set of the run is erased, ${what}`, 'Start a new run on other seeds.')
  }
}

async function followRun(
  deps: RunDeps,
  id: string,
  { onProgress, signal }: Parameters<Runs['follow']>[1],
): Promise<Run> {
  const run = await findRun(deps, id)
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stopWatching()
      signal?.removeEventListener('abort', aborted)
      finish()
    }
    const aborted = () => settle(() => reject(signal?.reason instanceof Error ? signal.reason : new Error('stopped')))
    const stopWatching = deps.board.watch(run.id, (progress) => {
      onProgress(progress)
      if (isResting(progress.run)) settle(() => resolve(progress.run))
    })
    signal?.addEventListener('abort', aborted, { once: true })
    deps.store.run(run.id).then((now) => {
      if (now === undefined) return
      onProgress({ run: now })
      if (isResting(now)) settle(() => resolve(now))
    }, reject)
  })
}
