import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { sha256Hex } from '../../protocol/canonical/hash.ts'
import { parseStrictJson } from '../../protocol/canonical/strict-json.ts'
import { chunkRange } from '../../protocol/datasets/chunk-ranges.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import type { ManifestStatement } from '../../schemas/manifests.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import { Offer } from '../../schemas/policy.ts'
import { documentPath, partsFolder } from '../datasets/evaluated-dataset.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Evidence } from '../ledger/evidence.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import { BlobMissing } from '../ports/blobs.ts'
import { copyFolder, leavesPath } from '../transfer/copies-deps.ts'
import type { CopiesStore } from '../transfer/copies-store.ts'
import { pushedManifestFolder } from '../transfer/push-evidence.ts'
import type { Ports } from './ports.ts'

/** The slices that hold what an audit bundle is made from. */
export interface EvidenceSources {
  readonly datasets: Datasets
  readonly negotiations: Negotiations
  readonly copies: CopiesStore
}

/** What bundles need of the slices that the ledger does not know: agreements, manifests, and where their files are. */
export function evidenceOf(ports: Ports, sources: EvidenceSources): Evidence {
  const { datasets, negotiations } = sources
  return {
    agreement: async (exchangeId) => (await negotiations.agreement(exchangeId))?.agreement,
    offer: async (exchangeId) => {
      const { target: _, ...offer } = (await negotiations.agreement(exchangeId))?.offer ?? {}
      const parsed = Offer.safeParse(offer)
      return parsed.success ? parsed.data : undefined
    },
    manifest: async (manifestId) => (await locate(ports, sources, manifestId))?.envelope,
    withdrawal: async (manifestId) => {
      const statement = await datasets.statement(manifestId)
      const record = statement === undefined ? undefined : await datasets.get(statement.datasetId)
      return record === undefined ? undefined : (await datasets.withdrawalOf(record))?.envelope
    },
    object: async ({ manifestId, sha256 }) => {
      const found = await locate(ports, sources, manifestId)
      for (const path of found?.documentPaths(sha256) ?? []) {
        const bytes = await readOptional(ports, path)
        if (bytes !== undefined && sha256Hex(bytes) === sha256) return bytes
      }
      return undefined
    },
    chunk: async ({ manifestId, resource, index }) => {
      const found = await locate(ports, sources, manifestId)
      const bound = found?.statement.predicate.resources.find(({ name }) => name === resource)
      if (found === undefined || bound === undefined) return undefined
      const leaves = await readOptional(ports, found.leavesPath(resource))
      const bytes = await readRange(ports, found.filePath(resource), chunkRange(index, bound.size, bound.tree.chunk))
      return leaves === undefined || bytes === undefined ? undefined : { bytes, leaves }
    },
  }
}

/** Where the files of a manifest are on this node: those of its own dataset, of its newest complete copy, or no files but the manifest. */
interface Located {
  readonly envelope: DsseEnvelope
  readonly statement: ManifestStatement
  filePath(resource: string): string
  leavesPath(resource: string): string
  documentPaths(sha256: string): readonly string[]
}

async function locate(
  ports: Ports,
  { datasets, copies }: EvidenceSources,
  manifestId: string,
): Promise<Located | undefined> {
  const own = await datasets.statement(manifestId)
  if (own !== undefined) {
    const folder = partsFolder(own.datasetId)
    return located(own.envelope, {
      filePath: (resource) => `${folder}/${resource}`,
      leavesPath: (resource) => `${folder}/${resource}.leaves`,
      documentPaths: (sha256) => [documentPath(sha256)],
    })
  }
  const copy = (await copies.ofManifest(manifestId)).find(({ record }) => record.state === 'complete')?.record
  const folder = copy === undefined ? pushedManifestFolder(manifestId) : copyFolder(copy.id)
  const bytes = await readOptional(ports, `${folder}/manifest.dsse.json`)
  const envelope = DsseEnvelope.safeParse(bytes === undefined ? undefined : parseStrictJson(bytes))
  if (!envelope.success) return undefined
  return located(envelope.data, {
    filePath: (resource) => `${folder}/${resource}`,
    leavesPath: (resource) => (copy === undefined ? `${folder}/${resource}.leaves` : leavesPath(copy.id, resource)),
    documentPaths: () => [`${folder}/croissant.json`, `${folder}/evaluation-report.json`],
  })
}

function located(envelope: DsseEnvelope, paths: Omit<Located, 'envelope' | 'statement'>): Located | undefined {
  const payload = dssePayload(envelope)
  const read = payload === undefined ? undefined : readManifest(payload)
  return read?.ok === true ? { envelope, statement: read.manifest.statement, ...paths } : undefined
}

async function readOptional({ blobs }: Ports, path: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.read(path)
  } catch (error) {
    if (error instanceof BlobMissing) return undefined
    throw error
  }
}

async function readRange(
  { blobs }: Ports,
  path: string,
  range: { start: number; end: number },
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(range.end - range.start)
  let at = 0
  try {
    for await (const piece of blobs.stream(path, range)) {
      bytes.set(piece, at)
      at += piece.length
    }
  } catch (error) {
    if (error instanceof BlobMissing) return undefined
    throw error
  }
  return at === bytes.length ? bytes : undefined
}
