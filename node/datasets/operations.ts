import type { DeclareRelease, DatasetUpload, ImportDataset } from '../../schemas/dataset-requests.ts'
import * as z from 'zod'
import { Refused } from '../../protocol/refusal.ts'
import type {
  DatasetDraftInput,
  DatasetEvaluation,
  DatasetRecord,
  DatasetSource,
  InheritedTerms,
  Provenance,
} from '../../schemas/datasets.ts'
import type { WithdrawalScope } from '../../schemas/manifests.ts'
import type { DatasetId } from '../../schemas/ids.ts'
import type { InheritedDuty, Offer, OfferTermsInput } from '../../schemas/policy.ts'
import { inheritedDuties } from '../../protocol/policy/inherit.ts'
import type { TableSource } from '../ports/tables.ts'
import { importUpload, storeUpload, uploadsFolder } from './import-upload.ts'
import { createDataset } from './create-dataset.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import { declareRelease } from './declare-release.ts'
import { publishDataset } from './publish-dataset.ts'
import { renderDescription } from './render-description.ts'
import { documentPath, noSuchDataset, partsFolder, recordEvaluation } from './evaluated-dataset.ts'
import type {
  DatasetList,
  PublishedDataset,
  PublishedRange,
  StoredDataset,
  StoredObject,
  StoredStatement,
} from './store.ts'
import { withdrawDataset } from './withdraw-dataset.ts'

/** What a person decides when publishing: the terms of each offer, filled into the template of protocol/policy. */
export interface PublishRequest {
  /** Templates filled in. */
  readonly offers: readonly OfferTermsInput[]
  /** Offers written by hand, ids included. */
  readonly writtenOffers?: readonly Offer[]
}

export interface WithdrawRequest {
  readonly reason: string
  readonly scope: WithdrawalScope
}

export interface NewDataset {
  readonly draft: DatasetDraftInput
  readonly source: DatasetSource
  readonly provenance: Provenance
  /** Of rows that were made from copies; the manifest names these inputs. */
  readonly inherited?: InheritedTerms
  readonly table: TableSource
  /** Default 1,000,000. */
  readonly rowsPerPart?: number
  /** CSV: one character. */
  readonly delimiter?: string
}

/** A file of a dataset as the data plane serves it. */
export interface ServedFile {
  /** On this machine's disk. */
  readonly path: string
  readonly size: number
  readonly mediaType: string
  /** Concatenated 32-byte leaf hashes, on this machine's disk. */
  readonly leavesPath: string
  readonly chunk: number
}

export type { PublishedDataset, PublishedRange, StoredDataset }

/** A public document on this machine's disk. */
export interface ServedDocument extends StoredObject {
  readonly path: string
}

export interface FollowDataset {
  readonly onProgress?: (progress: { readonly rows: number }) => void
  readonly signal?: AbortSignal
}

export interface Datasets {
  /** Takes a table file in; it waits for `importFile` and is gone with the process. */
  upload(content: AsyncIterable<Uint8Array>): Promise<DatasetUpload>
  /** `create` of an uploaded file, which is used up. Refused `not-found` for an unknown upload. */
  importFile(request: ImportDataset, follow?: FollowDataset): Promise<DatasetRecord>
  /**
   * Packages the rows into Parquet parts in a worker and stores the record in state `draft`.
   * Refused `invalid-request` (draft), `table-invalid` with places, `conflict` (name and version exist), `disk-full`.
   */
  create(dataset: NewDataset, follow?: FollowDataset): Promise<DatasetRecord>
  get(id: string): Promise<DatasetRecord | undefined>
  /** By id, by name (the version created last) or by `name@version`. Refused `not-found`, as all that take a reference. */
  find(reference: string): Promise<DatasetRecord>
  /** Newest first, at most 500; `before` in ms since 1970. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<DatasetList>
  /** As the store has them: in the order of the catalog, without their records. */
  published(range: PublishedRange): Promise<PublishedDataset[]>
  stored(id: string): Promise<StoredDataset | undefined>
  /** Ids of the datasets that have or had an offer of this id, those created last first. */
  withOffer(offerId: string): Promise<string[]>
  /** Local paths of the Parquet parts, in row order. */
  partPaths(id: DatasetId): Promise<string[]>
  /** Called by the evaluation of exactly these files; the public report becomes a document. Refused `conflict`. */
  recordEvaluation(id: DatasetId, evaluation: DatasetEvaluation, publicReport: Uint8Array): Promise<DatasetRecord>
  /** Declares a controlled release of what was evaluated. Refused `not-evaluated`, `gate-failed`, `conflict`. */
  declareRelease(id: DatasetId, request: DeclareRelease): Promise<DatasetRecord>
  /** Refused `not-evaluated`, `gate-failed`, `policy-refused`, `conflict`. */
  publish(id: DatasetId, request: PublishRequest): Promise<DatasetRecord>
  /** Ends new agreements at once; holders are told by jobs. Refused `conflict` unless published. */
  withdraw(id: DatasetId, request: WithdrawRequest): Promise<DatasetRecord>
  /** What the agreements of its inputs oblige this node to, now. */
  duties(record: DatasetRecord): InheritedDuty[]
  servedFile(id: string, resource: string): Promise<ServedFile | undefined>
  document(sha256: string): Promise<ServedDocument | undefined>
  statement(id: string): Promise<StoredStatement | undefined>
  withdrawalOf(record: DatasetRecord): Promise<StoredStatement | undefined>
  /** Croissant document with absolute URLs, for readers that fetch it by URL. */
  rendering(record: DatasetRecord): unknown
  /** Removes what a crash left unfinished; before the first request. */
  recover(): Promise<void>
}

export function createDatasets(deps: DatasetsDeps): Datasets {
  const { store, blobs } = deps
  const get: Datasets['get'] = async (id) => (await store.get(id))?.record
  return {
    get,
    upload: (content) => storeUpload(deps, content),
    importFile: (request, follow = {}) => importUpload(deps, request, follow),
    create: (dataset, follow = {}) => createDataset(deps, dataset, follow),
    find: async (reference) => (await lookUp(deps, reference).catch(unreadable)) ?? noSuchDataset(),
    list: ({ limit = 100, before } = {}) =>
      store.list({ limit: Math.min(limit, 500), ...(before === undefined ? {} : { before }) }),
    published: (range) => store.published(range),
    stored: (id) => store.get(id),
    withOffer: (offerId) => store.withOffer(offerId),
    partPaths: async (id) => {
      const record = (await get(id)) ?? noSuchDataset()
      return record.resources.map((resource) => blobs.localPath(`${partsFolder(id)}/${resource.name}`))
    },
    recordEvaluation: (id, evaluation, publicReport) => recordEvaluation(deps, id, { evaluation, publicReport }),
    declareRelease: (id, request) => declareRelease(deps, id, request),
    publish: (id, request) => publishDataset(deps, id, request),
    withdraw: (id, request) => withdrawDataset(deps, id, request),
    duties: ({ inherited }) => (inherited === undefined ? [] : inheritedDuties(inherited, deps.clock.now())),
    servedFile: async (id, name) => {
      const resource = (await get(id))?.resources.find((each) => each.name === name)
      if (resource === undefined) return undefined
      const path = blobs.localPath(`${partsFolder(id)}/${name}`)
      const { size, mediaType, tree } = resource
      return { path, size, mediaType, leavesPath: `${path}.leaves`, chunk: tree.chunk }
    },
    document: async (sha256) => {
      const object = await store.object(sha256)
      return object === undefined ? undefined : { ...object, path: blobs.localPath(documentPath(sha256)) }
    },
    statement: (id) => store.statement(id),
    withdrawalOf: async ({ manifestId }) => (manifestId === undefined ? undefined : store.withdrawalOf(manifestId)),
    rendering: (record) => renderDescription(deps, record),
    recover: () => recover(deps),
  }
}

async function lookUp({ store }: DatasetsDeps, reference: string): Promise<DatasetRecord | undefined> {
  const [name = '', version] = reference.split('@')
  return (await store.byName(name, version))?.record ?? (await store.get(reference))?.record
}

/** A record of another version of this program, or a damaged one; `list` names those too. */
function unreadable(error: unknown): never {
  if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
  throw new Refused(
    {
      code: 'unsupported',
      detail: 'there is such a dataset, but this version of the program cannot read its record',
      hint: 'Start the version that wrote it, or restore the data folder from a backup; other datasets are not affected.',
    },
    { cause: error },
  )
}

/** Folders of datasets that were never stored: a crash came between the files and the record. */
async function recover({ store, blobs }: DatasetsDeps): Promise<void> {
  await blobs.remove('packaging')
  await blobs.remove(uploadsFolder)
  const known = new Set((await store.ids()).map(partsFolder))
  const folders = new Set((await blobs.list('datasets')).map((path) => path.split('/').slice(0, 2).join('/')))
  for (const folder of folders) if (!known.has(folder)) await blobs.remove(folder)
}
