import type { RowRun } from '../../../schemas/runs.ts'
import { type RunDeps, stepRun } from '../run-commit.ts'
import { generateRows } from './generate-rows.ts'
import { makeRowDataset } from './row-dataset.ts'

/** Takes one committed step of a run that does not rest. */
export async function advanceRowRun(deps: RunDeps, run: RowRun, signal: AbortSignal): Promise<void> {
  if (run.state === 'queued') {
    await stepRun(deps, run, { event: 'generation-began' })
  } else if (run.state === 'generating') {
    await generateRows(deps, run, signal)
    await stepRun(deps, run, { event: 'rows-generated' })
  } else {
    const datasetId = await makeRowDataset(deps, run, signal)
    await stepRun(deps, run, { event: 'dataset-made', changes: { datasetId } })
  }
}
