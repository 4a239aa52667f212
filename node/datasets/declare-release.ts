import { releaseRefusal } from '../../protocol/datasets/controlled-release.ts'
import { instantOf } from '../../protocol/instant.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { DeclareRelease } from '../../schemas/dataset-requests.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import { commitChange, existing } from './evaluated-dataset.ts'

/** Records that this organisation answers for a dataset whose gates lack evidence; the manifest will carry it. */
export async function declareRelease(deps: DatasetsDeps, id: string, request: DeclareRelease): Promise<DatasetRecord> {
  const { record, revision } = await existing(deps, id)
  const refusal = releaseRefusal(record)
  if (refusal !== undefined) throw new Refused(refusal)
  const release = {
    ...request,
    declaredBy: deps.identity.did,
    declaredAt: instantOf(deps.clock.now()),
    lacking: record.evaluation?.lacking ?? [],
  }
  const declared = await commitChange(deps, { record: { ...record, release }, revision })
  deps.log.info('dataset-release-declared', { dataset: record.id, lacking: release.lacking.join() })
  return declared
}
