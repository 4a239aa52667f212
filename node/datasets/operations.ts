import type {
  DatasetEvaluation,
  DatasetId,
  DatasetDraftInput,
  DatasetRecord,
  DatasetSource,
} from '../../schemas/datasets.ts'
import type { Provenance, WithdrawalScope } from '../../schemas/datasets.ts'
import type { TableSource } from '../ports/tables.ts'

/** What a person decides when publishing. `offers` are requests to policy templates (protocol/policy). */
export interface PublishRequest {
  readonly offers: readonly unknown[]
}

export interface WithdrawRequest {
  readonly reason: string
  readonly scope: WithdrawalScope
}

export interface NewDataset {
  readonly draft: DatasetDraftInput
  readonly source: DatasetSource
  readonly provenance: Provenance
  readonly table: TableSource
}

/** A file of a dataset as the data plane serves it. */
export interface ServedFile {
  /** On this machine's disk. */
  readonly path: string
  readonly size: number
  readonly mediaType: string
  /** Concatenated 32-byte leaf hashes. */
  readonly leavesPath: string
  readonly chunk: number
}

export interface Datasets {
  /** Packages the rows into Parquet parts in a worker and stores the record in state `draft`. */
  create(dataset: NewDataset, options?: { readonly signal?: AbortSignal }): Promise<DatasetRecord>
  get(id: string): Promise<DatasetRecord | undefined>
  /** By id, or by name (newest version), or by `name@version`. Refused `not-found`. */
  find(reference: string): Promise<DatasetRecord>
  /** Newest first. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<DatasetRecord[]>
  published(): Promise<DatasetRecord[]>
  /** Local paths of the Parquet parts, in row order. */
  partPaths(id: DatasetId): Promise<string[]>
  /** Called by the evaluation of exactly these files; the public report becomes an object. */
  recordEvaluation(id: DatasetId, evaluation: DatasetEvaluation, publicReport: Uint8Array): Promise<DatasetRecord>
  publish(id: DatasetId, request: PublishRequest): Promise<DatasetRecord>
  withdraw(id: DatasetId, request: WithdrawRequest): Promise<DatasetRecord>
  servedFile(id: string, resource: string): Promise<ServedFile | undefined>
}
