import { refuse } from '../../protocol/refusal.ts'
import { DatasetUpload, type ImportDataset } from '../../schemas/dataset-requests.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { createDataset } from './create-dataset.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import type { FollowDataset } from './operations.ts'

/** Files that were sent and not yet made into a dataset; emptied when the node starts. */
export const uploadsFolder = 'uploads/datasets'

export async function storeUpload(
  { blobs, random }: DatasetsDeps,
  content: AsyncIterable<Uint8Array>,
): Promise<DatasetUpload> {
  const uploadId = random.uuid()
  await blobs.write(`${uploadsFolder}/${uploadId}`, content)
  return DatasetUpload.parse({ uploadId })
}

export async function importUpload(
  deps: DatasetsDeps,
  { uploadId, format, draft, rowsPerPart, delimiter }: ImportDataset,
  follow: FollowDataset,
): Promise<DatasetRecord> {
  const path = `${uploadsFolder}/${uploadId}`
  if ((await deps.blobs.stat(path)) === undefined)
    refuse('not-found', 'there is no such upload', 'Send the file again.')
  try {
    const dataset = {
      draft,
      source: { kind: 'file' },
      provenance: {},
      table: { kind: 'file', path: deps.blobs.localPath(path), format },
      ...(rowsPerPart === undefined ? {} : { rowsPerPart }),
      ...(delimiter === undefined ? {} : { delimiter }),
    } as const
    return await createDataset(deps, dataset, follow)
  } finally {
    await deps.blobs.remove(path)
  }
}
