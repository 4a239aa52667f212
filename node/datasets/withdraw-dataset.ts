import { buildWithdrawal } from '../../protocol/datasets/withdrawal.ts'
import { instantOf } from '../../protocol/instant.ts'
import { withdrawalLeaf } from '../../protocol/ledger/leaf.ts'
import { refuse } from '../../protocol/refusal.ts'
import { WITHDRAWAL_QUEUE, type WithdrawalJob } from '../../schemas/copies.ts'
import { type DatasetRecord } from '../../schemas/datasets.ts'
import { STATEMENT_PAYLOAD_TYPE, WithdrawalPredicate } from '../../schemas/manifests.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import { commitChange, existing } from './evaluated-dataset.ts'
import type { WithdrawRequest } from './operations.ts'

export async function withdrawDataset(
  deps: DatasetsDeps,
  id: string,
  { reason, scope }: WithdrawRequest,
): Promise<DatasetRecord> {
  const { record, revision } = await existing(deps, id)
  const { manifestId } = record
  if (record.state !== 'published' || manifestId === undefined) {
    refuse('conflict', `the dataset is ${record.state}, not published`, 'Only a published dataset can be withdrawn.')
  }
  const effective = instantOf(deps.clock.now())
  const predicate = WithdrawalPredicate.parse({
    datasetId: record.id,
    manifestId,
    issuer: deps.identity.did,
    effective,
    scope,
    reason,
    log: deps.node.logOrigin,
  })
  const withdrawal = buildWithdrawal(predicate, record.datasetRoot)
  const envelope = await deps.identity.signStatement(STATEMENT_PAYLOAD_TYPE, withdrawal.payload)
  const keyId = envelope.signatures[0]?.keyid ?? ''
  const job: WithdrawalJob = { datasetId: record.id, statementId: withdrawal.id }
  const withdrawn = await commitChange(deps, {
    record: { ...record, state: 'withdrawn', withdrawnAt: effective },
    revision,
    statement: { id: withdrawal.id, kind: 'withdrawal', datasetId: record.id, envelope },
    effects: {
      leaves: [withdrawalLeaf(manifestId, { envelope, keyId, at: effective })],
      jobs: [{ queue: WITHDRAWAL_QUEUE, key: record.id, payload: job }],
    },
  })
  deps.log.info('dataset-withdrawn', { dataset: record.id, statement: withdrawal.id })
  return withdrawn
}
