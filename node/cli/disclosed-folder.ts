import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyEd25519 } from '../../protocol/canonical/ed25519.ts'
import { dssePayload, verifyDsse } from '../../protocol/canonical/dsse.ts'
import { fromBase64Url } from '../../protocol/canonical/hash.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { chooseRows } from '../../protocol/generation/rows/lineage-checks/choose-rows.ts'
import { findKey } from '../../protocol/identity/verification-method.ts'
import { Faults, type Finding, notApplicable } from '../../protocol/ledger/verify-bundle/bundle.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { AuditCheck } from '../../schemas/audit.ts'
import { DidDocument } from '../../schemas/identity.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import type { RunDisclosure } from '../../schemas/lineage.ts'
import { type ManifestStatement, STATEMENT_PAYLOAD_TYPE } from '../../schemas/manifests.ts'
import { fileDigest } from '../composition/offline-disclosure.ts'

/** A dataset on this disk with its manifest, as a disclosure is held against it. */
export interface DisclosedFolder {
  readonly manifestId: string
  readonly statement: ManifestStatement
  readonly envelope: DsseEnvelope
  readonly paths: readonly string[]
}

/** The manifest beside the files, else that of the disclosure. Refused `manifest-refused`, `not-found`. */
export function openDisclosedFolder(folder: string, disclosure: RunDisclosure): DisclosedFolder {
  const beside = join(folder, 'manifest.dsse.json')
  const envelope = existsSync(beside) ? envelopeIn(beside) : disclosure.manifest
  if (envelope === undefined) {
    return refuse(
      'not-found',
      'there is no manifest',
      'Put manifest.dsse.json beside the files, or publish the dataset first.',
    )
  }
  const read = readManifest(dssePayload(envelope) ?? new Uint8Array(0))
  if (!read.ok) return refuse(read.refusal.code, read.refusal.detail, read.refusal.hint)
  const { statement, id } = read.manifest
  const paths = statement.predicate.resources.map(({ name }) => join(folder, name))
  return { manifestId: id, statement, envelope, paths }
}

function envelopeIn(path: string): DsseEnvelope {
  const parsed = DsseEnvelope.safeParse(readStrictJson(readFileSync(path, 'utf8')))
  return parsed.success
    ? parsed.data
    : refuse('manifest-refused', 'manifest.dsse.json is no envelope', 'Take the file as it was pulled.')
}

export interface Given {
  readonly disclosure: RunDisclosure
  /** File of the provider's DID document. */
  readonly didDocument: string | undefined
  /** Value and number of rows that had to be disclosed. */
  readonly beacon: { readonly value: string; readonly rows: number } | undefined
}

/** Checks that need the disk: signature, the dataset meant, files, and whether the right rows are disclosed. */
export async function checkFolder(folder: DisclosedFolder, given: Given): Promise<AuditCheck[]> {
  return [
    { id: 'signature', ...(await checkSignature(folder, given.didDocument)) },
    { id: 'dataset', ...checkDataset(folder, given.disclosure) },
    { id: 'files', ...checkFiles(folder) },
    { id: 'choice', ...checkChoice(folder, given) },
  ]
}

async function checkSignature({ envelope, statement }: DisclosedFolder, path: string | undefined): Promise<Finding> {
  if (path === undefined)
    return notApplicable('no DID document was given (--did-document): nobody vouches for the manifest')
  const document = DidDocument.safeParse(readStrictJson(readFileSync(path, 'utf8')))
  const did = statement.predicate.issuer
  const verifiers = envelope.signatures.flatMap(({ keyid = '' }) => {
    const key = document.success ? findKey(document.data, { did, kid: keyid }) : undefined
    const bytes = key?.ok === true && typeof key.value.jwk.x === 'string' ? fromBase64Url(key.value.jwk.x) : undefined
    if (bytes === undefined) return []
    const verify = (message: Uint8Array, signature: Uint8Array) => verifyEd25519(bytes, message, signature)
    return [{ keyid, verify }]
  })
  const faults = new Faults()
  const verified = await verifyDsse(envelope, STATEMENT_PAYLOAD_TYPE, verifiers)
  faults.expect(verified !== undefined, 'manifest', 'no key of the DID document of its issuer has signed the manifest')
  return faults.finding(`the manifest is signed by ${did}`)
}

function checkDataset({ statement, manifestId }: DisclosedFolder, disclosure: RunDisclosure): Finding {
  const faults = new Faults()
  const { datasetId } = statement.predicate
  faults.expect(datasetId === disclosure.datasetId, 'manifest', 'the disclosure is about another dataset')
  return faults.finding(`${datasetId}, manifest ${manifestId}`)
}

function checkFiles({ statement, paths }: DisclosedFolder): Finding {
  const faults = new Faults()
  for (const [at, resource] of statement.predicate.resources.entries()) {
    const path = paths[at] ?? ''
    if (!faults.expect(existsSync(path), resource.name, 'the file is missing')) continue
    const { sha256, size } = fileDigest(path, resource.tree.chunk)
    const same = sha256 === resource.digest.sha256 && size === resource.size
    faults.expect(same, resource.name, 'the file is not the one of the manifest')
  }
  return faults.finding(`${paths.length} files have the digests of the manifest`)
}

function checkChoice({ manifestId }: DisclosedFolder, { disclosure, beacon }: Given): Finding {
  if (beacon === undefined) {
    return notApplicable('no beacon was given (--beacon): the node can have picked the rows that it discloses')
  }
  const expected = chooseRows({ manifestId, beacon: beacon.value }, { count: beacon.rows, rows: disclosure.rows })
  const faults = new Faults()
  const disclosed = new Set(disclosure.records.map(({ record }) => record.row))
  for (const row of expected)
    faults.expect(disclosed.has(row), `row ${row}`, 'a row that the beacon draws is not disclosed')
  return faults.finding(`the ${expected.length} rows that the beacon draws are disclosed`)
}
