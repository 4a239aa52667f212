import { refuse, Refused } from '../../protocol/refusal.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { DatasetLabel, Run } from '../../schemas/runs.ts'
import { isResting } from './run-board.ts'
import type { RunDeps } from './run-commit.ts'

const MOST_LISTED = 1000

/** The dataset that this run made before a crash. */
export async function madeBefore(deps: RunDeps, run: Run): Promise<DatasetRecord | undefined> {
  const found = await datasetNamed(deps, run.dataset)
  return found?.source.kind === 'run' && found.source.runId === run.id ? found : undefined
}

/** Budget and money are spent for ever, so a run whose dataset could not be kept does not begin. */
export async function refuseTakenName(deps: RunDeps, dataset: DatasetLabel): Promise<void> {
  const { name, version } = dataset
  const runs = await deps.store.runs({ limit: MOST_LISTED })
  const making = runs.some((run) => !isResting(run) && run.dataset.name === name && run.dataset.version === version)
  if (!making && (await datasetNamed(deps, dataset)) === undefined) return
  const detail = making ? `a run is making a dataset ${name}@${version}` : `there is a dataset ${name}@${version}`
  refuse('conflict', detail, 'Give the new one another version or name.')
}

async function datasetNamed(
  { datasets }: RunDeps,
  { name, version }: DatasetLabel,
): Promise<DatasetRecord | undefined> {
  try {
    return await datasets.find(`${name}@${version}`)
  } catch (error) {
    if (error instanceof Refused && error.refusal.code === 'not-found') return undefined
    throw error
  }
}
