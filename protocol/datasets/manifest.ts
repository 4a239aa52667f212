import { ManifestId, type Resource } from '../../schemas/datasets.ts'
import {
  MANIFEST_PREDICATE_TYPE,
  type ManifestPredicate,
  ManifestStatement,
  STATEMENT_TYPE,
} from '../../schemas/manifests.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import { digestHex, sha256, sha256Hex } from '../canonical/hash.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { leafHash, treeRoot } from '../canonical/merkle.ts'
import { readStrictJson } from '../canonical/strict-json.ts'
import type { Refusal } from '../refusal.ts'
import { chunkCount } from './chunk-ranges.ts'

/** Orders resources as the dataset root does: by the UTF-8 bytes of their names. */
export function orderResources(resources: readonly Resource[]): Resource[] {
  return resources.toSorted((a, b) => compareUtf8(a.name, b.name))
}

/**
 * Root that names, sizes and digests of all files hang on: RFC 6962 root whose entries are JCS(resource), ordered by the
 * UTF-8 bytes of the name (docs/spec/manifest.md §4). Any file is provable with an inclusion proof of this tree.
 */
export function datasetRoot(resources: readonly Resource[]): Sha256 {
  return digestHex(treeRoot(orderResources(resources).map((resource) => leafHash(canonicalBytes(resource)))))
}

/** Manifest that was built: what is signed, and its identity. */
export interface BuiltManifest {
  readonly id: ManifestId
  /** Payload of the DSSE envelope: JCS of the statement, UTF-8. */
  readonly payload: Uint8Array
  readonly statement: ManifestStatement
}

/** Builds the in-toto statement over a predicate. Throws ZodError when the predicate is not well-formed. */
export function buildManifest(predicate: ManifestPredicate): BuiltManifest {
  const resources = orderResources(predicate.resources)
  const statement = ManifestStatement.parse({
    _type: STATEMENT_TYPE,
    subject: [{ name: predicate.datasetId, digest: { sha256: datasetRoot(resources) } }],
    predicateType: MANIFEST_PREDICATE_TYPE,
    predicate: { ...predicate, resources },
  })
  const payload = canonicalBytes(statement)
  return { id: manifestId(payload), payload, statement }
}

/** `sha256:` and the digest of the exact payload bytes. */
export function manifestId(payload: Uint8Array): ManifestId {
  return ManifestId.parse(`sha256:${sha256Hex(payload)}`)
}

const PLACES_NAMED = 8

/**
 * Reads a manifest's payload bytes and checks all that needs no signature, log or file: strict JSON, schema, identity,
 * resource names unique and ordered, leaf counts as sizes demand, subject = dataset root. The signature is the caller's.
 */
export function readManifest(
  payload: Uint8Array,
  expected?: ManifestId,
): { readonly ok: true; readonly manifest: BuiltManifest } | { readonly ok: false; readonly refusal: Refusal } {
  const id = manifestId(payload)
  if (expected !== undefined && id !== expected)
    return bad('the manifest is not the one that was named: its digest differs')
  const json = readStrictJson(payload)
  if (json === undefined) return bad('the manifest is not strict JSON')
  const parsed = ManifestStatement.safeParse(json)
  if (!parsed.success) {
    const places = parsed.error.issues
      .slice(0, PLACES_NAMED)
      .map((issue) => issue.path.join('.'))
      .join(', ')
    return bad(`the manifest is not well-formed at ${places}`)
  }
  const fault = inconsistency(parsed.data)
  if (fault !== undefined) return bad(fault)
  return { ok: true, manifest: { id, payload, statement: parsed.data } }
}

function inconsistency(statement: ManifestStatement): string | undefined {
  const { resources } = statement.predicate
  for (const [index, resource] of resources.entries()) {
    const before = resources[index - 1]
    if (before !== undefined && compareUtf8(before.name, resource.name) >= 0)
      return 'the resources of the manifest are not in order of their names, or a name appears twice'
    if (resource.tree.leaves !== chunkCount(resource.size, resource.tree.chunk))
      return `the chunk count of ${resource.name} does not follow from its size`
  }
  const { reports, release } = statement.predicate
  if ((reports.evaluation.verdict === 'pass') !== (release === undefined))
    return 'the manifest has neither a passed evaluation alone nor a controlled release'
  const [subject] = statement.subject
  if (subject?.digest.sha256 !== datasetRoot(resources))
    return 'the subject of the manifest is not the root of its resources'
  if (subject.name !== statement.predicate.datasetId)
    return 'the subject of the manifest is not the dataset it describes'
  return undefined
}

function bad(detail: string): { readonly ok: false; readonly refusal: Refusal } {
  const hint = 'Ask the provider to publish the dataset again; nothing of it was kept.'
  return { ok: false, refusal: { code: 'manifest-refused', detail, hint } }
}

/** Digest under which a document is bound and served. */
export function documentDigest(bytes: Uint8Array): Sha256 {
  return digestHex(sha256(bytes))
}

function compareUtf8(a: string, b: string): number {
  const left = new TextEncoder().encode(a)
  const right = new TextEncoder().encode(b)
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
