import type { DatasetEvaluation, DatasetRecord } from '../../schemas/datasets.ts'
import type { Did, Instant } from '../../schemas/ids.ts'

/** Everything a description is made from: the dataset as it will be published, and who publishes it. */
export interface CroissantInput extends Pick<
  DatasetRecord,
  | 'id'
  | 'name'
  | 'version'
  | 'title'
  | 'description'
  | 'keywords'
  | 'license'
  | 'language'
  | 'subject'
  | 'columns'
  | 'notes'
  | 'resources'
  | 'provenance'
  | 'offers'
  | 'source'
  | 'supersedes'
> {
  readonly evaluation: DatasetEvaluation
  readonly creator: { readonly did: Did; readonly name: string; readonly url: string }
  /** Absolute URL where the dataset is found. */
  readonly url: string
  readonly publishedAt: Instant
}
