import { renderedCroissant } from '../../protocol/datasets/croissant.ts'
import type { CroissantInput } from '../../protocol/datasets/croissant-input.ts'
import { instantOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { DatasetEvaluation, DatasetRecord } from '../../schemas/datasets.ts'
import type { DatasetsDeps } from './dataset-deps.ts'

/** What the description of a dataset that is being or was published is made from. */
export function descriptionInput(
  { identity, node, clock }: DatasetsDeps,
  record: DatasetRecord,
  evaluation: DatasetEvaluation,
): CroissantInput {
  return {
    ...record,
    evaluation,
    creator: { did: identity.did, name: node.name, url: node.publicUrl },
    url: `${node.publicUrl}/dsp/2025-1/catalog/datasets/${encodeURIComponent(record.id)}`,
    publishedAt: record.publishedAt ?? instantOf(clock.now()),
  }
}

/** Description with absolute URLs that names the packed one. Refused `not-found` unless the dataset was published. */
export function renderDescription(deps: DatasetsDeps, record: DatasetRecord): unknown {
  const { evaluation, croissant, manifestId } = record
  if (evaluation === undefined || croissant === undefined || manifestId === undefined) {
    refuse('not-found', 'the dataset was not published', 'Publish it first.')
  }
  const { publicUrl } = deps.node
  return renderedCroissant(descriptionInput(deps, record, evaluation), {
    packedSha256: croissant.sha256,
    manifestUrl: `${publicUrl}/manifests/${manifestId}`,
    objectUrl: (sha256, name) => `${publicUrl}/objects/${sha256}/${name}`,
  })
}
