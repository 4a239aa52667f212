import { sha256Hex } from '../../protocol/canonical/hash.ts'
import { checkLeafList } from '../../protocol/datasets/chunk-tree.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { DatasetRecord, DocumentRef, Resource } from '../../schemas/datasets.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Blobs } from '../ports/blobs.ts'
import { type ChunkReader, WrongChunk } from '../ports/chunk-reader.ts'
import type { SinkFile } from '../ports/push-sink.ts'

/** Sent after everything else: where it lies, the rest lies. */
export const MANIFEST_NAME = 'manifest.dsse.json'

export interface PushFilesDeps {
  readonly datasets: Pick<Datasets, 'get' | 'servedFile' | 'document' | 'statement'>
  readonly ledger: Pick<Ledger, 'proof' | 'settle'>
  readonly blobs: Pick<Blobs, 'read'>
  readonly chunks: ChunkReader
}

/** A file of a push; its bytes are looked up when they are needed. */
export interface PushableFile {
  readonly name: string
  readonly size: number | undefined
  open(): Promise<SinkFile>
}

/** What a copy holds of the provider, in the order in which it is sent. Throws Refused `not-found`. */
export async function filesOf(deps: PushFilesDeps, datasetId: string): Promise<PushableFile[]> {
  const record = await deps.datasets.get(datasetId)
  const { manifestId } = record ?? {}
  if (record === undefined || manifestId === undefined) {
    return refuse('not-found', 'the dataset is no longer there', 'Ask for another one.')
  }
  const documents: [string, DocumentRef | undefined][] = [
    ['croissant.json', record.croissant],
    ['evaluation-report.json', record.evaluation?.publicReport],
  ]
  return [
    ...record.resources.map((resource) => ({ ...resource, open: () => openPart(deps, record, resource) })),
    ...documents.flatMap(([name, ref]) =>
      ref === undefined ? [] : [{ name, size: ref.size, open: () => openDocument(deps, name, ref) }],
    ),
    { name: 'manifest.tlog-proof', size: undefined, open: () => openProof(deps, manifestId) },
    { name: MANIFEST_NAME, size: undefined, open: () => openManifest(deps, manifestId) },
  ]
}

/** A part of the dataset, every chunk compared with the signed tree before it is given out. */
async function openPart(
  { datasets, chunks }: PushFilesDeps,
  { id }: DatasetRecord,
  resource: Resource,
): Promise<SinkFile> {
  const { name, size, mediaType, digest } = resource
  const served = await datasets.servedFile(id, name)
  if (served === undefined) return refuse('not-found', `the dataset has no file ${name}`, 'Ask for another dataset.')
  const leaves = await chunks.leaves(served.leavesPath)
  if (!checkLeafList(leaves, resource).ok) throw new WrongChunk(0)
  const file = { path: served.path, size, chunk: served.chunk, leaves }
  return {
    name,
    mediaType,
    size,
    sha256: digest.sha256,
    read: (range) => chunks.read(file, range),
    digest: (range) => chunks.digest(file, range),
  }
}

async function openDocument({ datasets, blobs }: PushFilesDeps, name: string, ref: DocumentRef): Promise<SinkFile> {
  const document = await datasets.document(ref.sha256)
  const bytes = document === undefined ? undefined : await blobs.read(`objects/${ref.sha256}`)
  if (bytes === undefined || sha256Hex(bytes) !== ref.sha256) throw new WrongChunk(0)
  return inMemory(name, ref.mediaType, bytes)
}

async function openProof({ ledger }: PushFilesDeps, manifestId: string): Promise<SinkFile> {
  let proof = await ledger.proof('manifest', manifestId)
  if (proof === undefined) {
    await ledger.settle()
    proof = await ledger.proof('manifest', manifestId)
  }
  const text = proof ?? refuse('unavailable', 'the log has not published the manifest yet', 'Try again in a second.')
  return inMemory('manifest.tlog-proof', 'text/plain; charset=utf-8', new TextEncoder().encode(text))
}

async function openManifest({ datasets }: PushFilesDeps, manifestId: string): Promise<SinkFile> {
  const statement = await datasets.statement(manifestId)
  if (statement === undefined) return refuse('not-found', 'the manifest is no longer there', 'Ask for another dataset.')
  const bytes = new TextEncoder().encode(JSON.stringify(statement.envelope))
  return inMemory(MANIFEST_NAME, 'application/vnd.dsse.envelope.v1+json', bytes)
}

function inMemory(name: string, mediaType: string, bytes: Uint8Array): SinkFile {
  return {
    name,
    mediaType,
    size: bytes.length,
    sha256: sha256Hex(bytes),
    read: async function* ({ start, end }) {
      yield bytes.subarray(start, end)
    },
    digest: async ({ start, end }) => sha256Hex(bytes.subarray(start, end)),
  }
}
