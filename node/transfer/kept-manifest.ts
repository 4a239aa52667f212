import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import type { ManifestId } from '../../schemas/datasets.ts'
import type { ManifestStatement } from '../../schemas/manifests.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import type { Blobs } from '../ports/blobs.ts'

/** A manifest as it lies beside the files of a copy; its id is that of its bytes, its signature was checked at the pull. */
export interface KeptManifest {
  readonly envelope: DsseEnvelope
  readonly statement: ManifestStatement
}

/** Undefined when there is none in the folder, or it is not the manifest of this id. */
export async function keptManifest(
  blobs: Blobs,
  folder: string,
  manifestId: ManifestId,
): Promise<KeptManifest | undefined> {
  const path = `${folder}/manifest.dsse.json`
  if ((await blobs.stat(path)) === undefined) return undefined
  const envelope = DsseEnvelope.safeParse(readStrictJson(new TextDecoder().decode(await blobs.read(path))))
  return envelope.success ? openedManifest(envelope.data, manifestId) : undefined
}

export function openedManifest(envelope: DsseEnvelope, manifestId: ManifestId): KeptManifest | undefined {
  const payload = dssePayload(envelope)
  const read = payload === undefined ? undefined : readManifest(payload, manifestId)
  return read?.ok === true ? { envelope, statement: read.manifest.statement } : undefined
}
