import type { CatalogPlace } from '../../schemas/catalog.ts'
import type { DatasetRecord, DocumentRef, ManifestId } from '../../schemas/datasets.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

/** A signed statement about a dataset, kept as it was signed. `id` is `sha256:` and the digest of the payload. */
export interface StoredStatement {
  readonly id: string
  readonly kind: 'manifest' | 'withdrawal'
  readonly datasetId: string
  readonly envelope: DsseEnvelope
}

/** A public document of a dataset; its bytes are the blob `objects/<sha256>`. */
export interface StoredObject extends DocumentRef {
  readonly datasetId: string
}

/** A record with the revision that a change of it must name. */
export interface StoredDataset {
  readonly record: DatasetRecord
  readonly revision: number
}

/** What is written besides the record, in the same transaction. */
export interface DatasetChange {
  readonly record: DatasetRecord
  readonly revision: number
  readonly objects?: readonly StoredObject[]
  readonly statement?: StoredStatement
  readonly effects?: Effects
}

/** A published dataset without its record; what is made from the record holds as long as the revision does. */
export interface PublishedDataset extends CatalogPlace {
  readonly revision: number
}

/** At most `limit` published datasets that follow a place of the catalog, or precede it; from the start without one. */
export interface PublishedRange {
  readonly limit: number
  readonly after?: CatalogPlace
  readonly before?: CatalogPlace
}

export interface DatasetList {
  readonly records: DatasetRecord[]
  /** Ids of datasets whose record cannot be read. */
  readonly unreadable: string[]
}

/** Persistence of datasets. Every method is atomic. */
export interface DatasetsStore {
  /** conflict: a dataset of this id, or of this name and version, exists. */
  insert(record: DatasetRecord): Promise<CommitResult>
  get(id: string): Promise<StoredDataset | undefined>
  /** The version asked for, or the one created last. */
  byName(name: string, version?: string): Promise<StoredDataset | undefined>
  /** Newest first; `before` is a time in ms since 1970. */
  list(page: { readonly limit: number; readonly before?: number }): Promise<DatasetList>
  /** In the order of the catalog; with `before` away from the place, nearest first. Sees every commit, whoever made it. */
  published(range: PublishedRange): Promise<PublishedDataset[]>
  /** Ids of the datasets that have or had an offer of this id, those created last first. */
  withOffer(offerId: string): Promise<string[]>
  ids(): Promise<string[]>
  change(change: DatasetChange): Promise<CommitResult>
  object(sha256: string): Promise<StoredObject | undefined>
  statement(id: string): Promise<StoredStatement | undefined>
  /** The withdrawal of a manifest, if there is one. */
  withdrawalOf(manifestId: ManifestId): Promise<StoredStatement | undefined>
}
