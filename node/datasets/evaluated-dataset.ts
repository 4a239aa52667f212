import { datasetPath } from '../../protocol/datasets/dataset-path.ts'
import { documentDigest } from '../../protocol/datasets/manifest.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { DatasetEvaluation, DatasetRecord } from '../../schemas/datasets.ts'
import type { DatasetId } from '../../schemas/ids.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import type { DatasetChange, StoredDataset } from './store.ts'

/** Folder of the files of a dataset. */
export function partsFolder(id: string): string {
  return `datasets/${datasetPath(id)}`
}

/** Blob of a public document. */
export function documentPath(sha256: string): string {
  return `objects/${sha256}`
}

export async function existing({ store }: DatasetsDeps, id: string): Promise<StoredDataset> {
  return (await store.get(id)) ?? noSuchDataset()
}

export function noSuchDataset(): never {
  refuse('not-found', 'there is no such dataset', 'See the datasets of this node: tanemaki dataset list.')
}

/** Commits a change or refuses because another one came between. */
export async function commitChange({ store }: DatasetsDeps, change: DatasetChange): Promise<DatasetRecord> {
  if ((await store.change(change)) === 'conflict') {
    refuse('conflict', 'the dataset was changed by someone else at the same time', 'Look at it again and repeat.')
  }
  return change.record
}

export interface EvaluationOutcome {
  readonly evaluation: DatasetEvaluation
  readonly publicReport: Uint8Array
}

/** Keeps the outcome of an evaluation; one of other files or with another report's digest is refused. */
export async function recordEvaluation(
  deps: DatasetsDeps,
  id: DatasetId,
  { evaluation, publicReport }: EvaluationOutcome,
): Promise<DatasetRecord> {
  const { record, revision } = await existing(deps, id)
  if (record.state === 'published' || record.state === 'withdrawn') {
    refuse('conflict', `the dataset is ${record.state}`, 'Evaluate a new version instead.')
  }
  if (
    evaluation.datasetRoot !== record.datasetRoot ||
    evaluation.publicReport.sha256 !== documentDigest(publicReport)
  ) {
    refuse('conflict', 'the evaluation is not of the files of this dataset', 'Evaluate the dataset again.')
  }
  await deps.blobs.write(documentPath(evaluation.publicReport.sha256), publicReport)
  const { release: _voided, ...rest } = record
  const next: DatasetRecord = { ...rest, state: 'evaluated', evaluation }
  return commitChange(deps, {
    record: next,
    revision,
    objects: [{ ...evaluation.publicReport, size: publicReport.length, datasetId: id }],
  })
}
