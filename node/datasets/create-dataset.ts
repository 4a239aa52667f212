import { datasetRoot, orderResources } from '../../protocol/datasets/manifest.ts'
import { instantOf } from '../../protocol/instant.ts'
import { placesOf, refuse, Refused } from '../../protocol/refusal.ts'
import { DatasetDraft, DatasetRecord, Resource } from '../../schemas/datasets.ts'
import { DatasetId } from '../../schemas/ids.ts'
import type { PackagedFile, PackageResult, PackageTask } from '../ports/tables.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import { partsFolder } from './evaluated-dataset.ts'
import type { FollowDataset, NewDataset } from './operations.ts'

const PARQUET = 'application/vnd.apache.parquet'
const ROWS_PER_PART = 1_000_000

/** Files first, in a folder of their own, then the record: whoever sees the record finds its files. */
export async function createDataset(
  deps: DatasetsDeps,
  dataset: NewDataset,
  follow: FollowDataset,
): Promise<DatasetRecord> {
  const draft = checkedDraft(dataset)
  if ((await deps.store.byName(draft.name, draft.version)) !== undefined) nameTaken(draft)
  const uuid = deps.random.uuid()
  const id = draft.id ?? DatasetId.parse(`urn:uuid:${uuid}`)
  if ((await deps.store.get(id)) !== undefined) idTaken()
  const packaging = `packaging/${uuid}`
  try {
    const parts = await packageRows(deps, { dataset, draft, folder: deps.blobs.localPath(packaging) }, follow)
    const record = recordOf(deps, { dataset, draft, id, parts })
    await deps.blobs.move(packaging, partsFolder(id))
    if ((await deps.store.insert(record)) === 'conflict') {
      if ((await deps.store.get(id)) !== undefined) idTaken()
      await deps.blobs.remove(partsFolder(id))
      nameTaken(draft)
    }
    deps.log.info('dataset-created', { dataset: id, records: record.records, parts: parts.length })
    return record
  } finally {
    await deps.blobs.remove(packaging)
  }
}

function checkedDraft({ draft }: NewDataset): DatasetDraft {
  const parsed = DatasetDraft.safeParse(draft)
  if (!parsed.success) {
    const places = placesOf(parsed.error)
    throw new Refused({
      code: 'invalid-request',
      detail: 'the description of the dataset is not well-formed',
      hint: 'Correct the listed places.',
      errors: places,
    })
  }
  const seen = new Set<string>()
  for (const [index, { name }] of parsed.data.columns.entries()) {
    if (seen.has(name)) {
      const place = { path: `columns.${index}.name`, message: 'is the name of an earlier column' }
      throw new Refused({
        code: 'invalid-request',
        detail: 'two columns have one name',
        hint: 'Give each column its own name.',
        errors: [place],
      })
    }
    seen.add(name)
  }
  return parsed.data
}

interface Packaging {
  readonly dataset: NewDataset
  readonly draft: DatasetDraft
  readonly folder: string
}

async function packageRows(
  { workers, node }: DatasetsDeps,
  { dataset, draft, folder }: Packaging,
  { onProgress, signal }: FollowDataset,
): Promise<readonly PackagedFile[]> {
  const task: PackageTask = {
    source: dataset.table,
    columns: draft.columns,
    folder,
    prefix: draft.name,
    rowsPerPart: dataset.rowsPerPart ?? ROWS_PER_PART,
    chunk: node.chunkSize,
    read: { delimiter: dataset.delimiter },
  }
  const { parts } = await workers.run<PackageResult>('package', task, {
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) => onProgress?.(progress as { rows: number }),
  })
  return parts
}

interface Packaged {
  readonly dataset: NewDataset
  readonly draft: DatasetDraft
  readonly id: DatasetId
  readonly parts: readonly PackagedFile[]
}

function recordOf({ clock }: DatasetsDeps, { dataset, draft, id, parts }: Packaged): DatasetRecord {
  const resources = orderResources(parts.map(resourceOf))
  return DatasetRecord.parse({
    ...draft,
    id,
    state: 'draft',
    source: dataset.source,
    ...originOf(dataset),
    resources,
    records: parts.reduce((sum, part) => sum + part.records, 0),
    size: parts.reduce((sum, part) => sum + part.size, 0),
    datasetRoot: datasetRoot(resources),
    offers: [],
    createdAt: instantOf(clock.now()),
  })
}

/** Who may use a dataset follows from its inputs, so these are told by the same list. */
function originOf({ provenance, inherited }: NewDataset): Pick<DatasetRecord, 'provenance' | 'inherited'> {
  if (inherited === undefined) return { provenance }
  const inputs = inherited.inputs.map(({ manifestId, datasetId, provider }) => ({ manifestId, datasetId, provider }))
  return { provenance: { ...provenance, inputs }, inherited }
}

function resourceOf({ name, size, records, sha256, chunk, leaves, root }: PackagedFile): Resource {
  const tree = { alg: 'rfc6962-sha256', chunk, leaves, root }
  return Resource.parse({ name, size, mediaType: PARQUET, records, digest: { sha256 }, tree })
}

function idTaken(): never {
  refuse('conflict', 'there is a dataset with this id', 'Give every version of a dataset an id of its own.')
}

function nameTaken({ name, version }: DatasetDraft): never {
  refuse('conflict', `there is a dataset ${name}@${version}`, 'Give the new one another version or name.')
}
