import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { sha256Hex, toHex } from '../../protocol/canonical/hash.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { foldNodes, inclusionNodes, treeNodes } from '../../protocol/canonical/merkle.ts'
import { readLeafList } from '../../protocol/datasets/chunk-tree.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { drawChunks } from '../../protocol/ledger/chunk-challenge.ts'
import { chunkPath } from '../../protocol/ledger/verify-bundle/exchange-checks.ts'
import { ChunkSample } from '../../schemas/audit.ts'
import type { ManifestStatement } from '../../schemas/manifests.ts'
import type { DsseEnvelope, ReceiptRecord } from '../../schemas/ledger.ts'
import type { Agreement } from '../../schemas/policy.ts'
import type { ExportedFile } from './audit.ts'

/** What the other slices know about an exchange; undefined for what this node does not hold. */
export interface Evidence {
  agreement(exchangeId: string): Promise<Agreement | undefined>
  /** The offer of the agreement, without its target, as it is digested in receipts and manifests. */
  offer(exchangeId: string): Promise<unknown>
  manifest(manifestId: string): Promise<DsseEnvelope | undefined>
  withdrawal(manifestId: string): Promise<DsseEnvelope | undefined>
  /** A public document that the manifest binds. */
  object(place: { readonly manifestId: string; readonly sha256: string }): Promise<Uint8Array | undefined>
  /** A chunk of a file with the list of leaf hashes (32 bytes each) of its tree. */
  chunk(place: {
    readonly manifestId: string
    readonly resource: string
    readonly index: number
  }): Promise<{ readonly bytes: Uint8Array; readonly leaves: Uint8Array } | undefined>
}

/** Agreements, offers, manifests, the documents they bind, withdrawals, and the chunks that the root of the log draws. */
export async function* evidenceFiles(
  evidence: Evidence,
  { receipts, root }: { readonly receipts: readonly ReceiptRecord[]; readonly root: string },
): AsyncGenerator<ExportedFile> {
  const written = new Set<string>()
  const fresh = (file: ExportedFile | undefined): ExportedFile[] => {
    if (file === undefined || written.has(file.path)) return []
    written.add(file.path)
    return [file]
  }
  for (const { exchangeId } of receipts) {
    for (const value of [await evidence.agreement(exchangeId), await evidence.offer(exchangeId)])
      yield* fresh(value === undefined ? undefined : objectFile(canonicalBytes(value)))
  }
  for (const manifestId of new Set(receipts.flatMap(({ receipt }) => receipt.manifestId ?? []))) {
    for await (const file of manifestFiles(evidence, manifestId, root)) yield* fresh(file)
  }
}

function objectFile(bytes: Uint8Array): ExportedFile {
  return { path: `objects/${sha256Hex(bytes)}`, bytes }
}

async function* manifestFiles(evidence: Evidence, manifestId: string, root: string): AsyncGenerator<ExportedFile> {
  const envelope = await evidence.manifest(manifestId)
  const payload = envelope === undefined ? undefined : dssePayload(envelope)
  const read = payload === undefined ? undefined : readManifest(payload)
  if (envelope === undefined || read?.ok !== true) return
  const { id, statement } = read.manifest
  yield { path: `manifests/${id.slice('sha256:'.length)}.dsse.json`, bytes: canonicalBytes(envelope) }
  for (const sha256 of boundDocuments(statement)) {
    const bytes = await evidence.object({ manifestId: id, sha256 })
    if (bytes !== undefined) yield objectFile(bytes)
  }
  const withdrawal = await evidence.withdrawal(manifestId)
  const withdrawn = withdrawal === undefined ? undefined : dssePayload(withdrawal)
  if (withdrawal !== undefined && withdrawn !== undefined)
    yield { path: `statements/${sha256Hex(withdrawn)}.dsse.json`, bytes: canonicalBytes(withdrawal) }
  yield* chunkFiles(evidence, { manifestId: id, statement, root })
}

function boundDocuments({ predicate }: ManifestStatement): string[] {
  return [
    predicate.description.croissant.sha256,
    predicate.reports.evaluation.public.sha256,
    ...predicate.policy.offers.map(({ sha256 }) => sha256),
  ]
}

/** All drawn chunks or none: a node that no longer holds the files shows nothing. */
async function* chunkFiles(
  evidence: Evidence,
  { manifestId, statement, root }: { manifestId: string; statement: ManifestStatement; root: string },
): AsyncGenerator<ExportedFile> {
  const samples: ExportedFile[] = []
  for (const { resource, index } of drawChunks(root, { id: manifestId, resources: statement.predicate.resources })) {
    const found = await evidence.chunk({ manifestId, resource, index })
    const leaves = found === undefined ? undefined : readLeafList(found.leaves)
    if (found === undefined || leaves === undefined) return
    const hashes = Array.from({ length: leaves.count }, (_, at) => leaves.leaf(at))
    const proof = foldNodes(inclusionNodes(index, leaves.count), treeNodes(hashes)).map(toHex)
    const sample = ChunkSample.parse({ v: 1, manifestId, resource, index, sha256: sha256Hex(found.bytes), proof })
    samples.push({ path: chunkPath(sample, '.json'), bytes: canonicalBytes(sample) })
    samples.push({ path: chunkPath(sample, '.bin'), bytes: found.bytes })
  }
  yield* samples
}
