import { announcedLog } from '../../protocol/ledger/party.ts'
import { manifestLeaf } from '../../protocol/ledger/leaf.ts'
import { parseTlogProof, verifyTlogProof } from '../../protocol/ledger/tlog-proof.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { documentDigest, readManifest } from '../../protocol/datasets/manifest.ts'
import { offerDigest } from '../../protocol/negotiation/receipt-facts.ts'
import { Refused } from '../../protocol/refusal.ts'
import { type ManifestId } from '../../schemas/datasets.ts'
import { type ManifestPredicate, STATEMENT_PAYLOAD_TYPE } from '../../schemas/manifests.ts'
import type { Did } from '../../schemas/ids.ts'
import { DsseEnvelope } from '../../schemas/ledger.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import { HttpFailure } from '../ports/http-client.ts'
import type { CopiesDeps } from './copies-deps.ts'
import { manifestRefused, PullEnded, PullPaused } from './pull-ending.ts'

const MAX_MANIFEST_BYTES = 16 << 20
const MAX_DOCUMENT_BYTES = 16 << 20

/** Manifest whose signature, digest, log entry and policy were all checked. */
export interface PulledManifest {
  readonly predicate: ManifestPredicate
}

type DocumentDeps = Pick<CopiesDeps, 'identity' | 'http' | 'blobs'>

/** Whose manifest, and where it goes. */
export interface DocumentSource {
  readonly provider: Did
  readonly datasetId: string
  readonly manifestId: ManifestId
  readonly folder: string
}

/** Fetches the manifest and everything it binds besides the data, each checked, into the folder. Throws PullEnded or PullPaused. */
export async function pullDocuments(
  deps: DocumentDeps,
  copy: DocumentSource,
  agreement: AgreementRecord,
): Promise<PulledManifest> {
  const base = await peerService(deps, copy)
  const text = await fetchFrom(deps, copy, {
    url: `${base}/manifests/${copy.manifestId}`,
    maxBytes: MAX_MANIFEST_BYTES,
  })
  const { envelope, manifest } = await checkedManifest(deps, copy, text)
  const { predicate } = manifest.statement
  checkPolicy(predicate, agreement)
  const proof = await fetchFrom(deps, copy, {
    url: `${base}/manifests/${copy.manifestId}/tlog-proof`,
    maxBytes: 65_536,
  })
  await checkLogged(deps, copy, { envelope, predicate, proof })
  const { folder } = copy
  await deps.blobs.write(`${folder}/manifest.dsse.json`, text)
  await deps.blobs.write(`${folder}/manifest.tlog-proof`, proof)
  await deps.blobs.write(`${folder}/agreement.json`, canonicalBytes(agreement.agreement))
  for (const [name, document] of documentsOf(predicate)) {
    const url = `${base}/objects/${document.sha256}`
    const bytes = await fetchFrom(deps, copy, { url, maxBytes: Math.min(document.size, MAX_DOCUMENT_BYTES) })
    if (documentDigest(bytes) !== document.sha256)
      throw manifestRefused(`${name} is not the document that the manifest binds`)
    await deps.blobs.write(`${folder}/${name}`, bytes)
  }
  return { predicate }
}

function documentsOf(predicate: ManifestPredicate): [string, { sha256: string; size: number }][] {
  return [
    ['croissant.json', predicate.description.croissant],
    ['evaluation-report.json', predicate.reports.evaluation.public],
  ]
}

async function checkedManifest(deps: DocumentDeps, copy: DocumentSource, text: Uint8Array) {
  const envelope = DsseEnvelope.safeParse(readStrictJson(text))
  const payload = envelope.success ? dssePayload(envelope.data) : undefined
  if (!envelope.success || payload === undefined) throw manifestRefused('what the provider sent is no signed envelope')
  if (envelope.data.payloadType !== STATEMENT_PAYLOAD_TYPE) throw manifestRefused('the envelope holds no statement')
  const read = readManifest(payload, copy.manifestId)
  if (!read.ok) throw manifestRefused(read.refusal.detail)
  const { predicate } = read.manifest.statement
  if (predicate.issuer !== copy.provider) throw manifestRefused('the manifest was issued by someone else')
  if (predicate.datasetId !== copy.datasetId) throw manifestRefused('the manifest is about another dataset')
  if (!(await deps.identity.verifyStatement(envelope.data, copy.provider))) {
    throw manifestRefused('the signature of the manifest is not of the provider')
  }
  return { envelope: envelope.data, manifest: read.manifest }
}

/** The offer that was agreed on must be one that the manifest binds, byte for byte in canonical form. */
function checkPolicy(predicate: ManifestPredicate, agreement: AgreementRecord): void {
  const uid = agreement.offer['@id']
  const sha256 = offerDigest(agreement)
  const bound = predicate.policy.offers.some((each) => each.uid === uid && each.sha256 === sha256)
  if (!bound) throw manifestRefused('the policy that was agreed on is not one that the manifest binds')
}

interface LoggedClaim {
  readonly envelope: DsseEnvelope
  readonly predicate: ManifestPredicate
  readonly proof: Uint8Array
}

/** The manifest must be in the log that the provider announces: an unlogged one could be denied later. */
async function checkLogged({ identity }: DocumentDeps, copy: DocumentSource, claim: LoggedClaim): Promise<void> {
  const log = announcedLog(await identity.resolve(copy.provider))
  if (log === undefined || log.origin !== claim.predicate.log) {
    throw manifestRefused('the manifest names a log that the provider does not announce')
  }
  const proof = parseTlogProof(new TextDecoder().decode(claim.proof))
  const keyId = claim.envelope.signatures[0]?.keyid ?? ''
  const entry = manifestLeaf({ envelope: claim.envelope, keyId, at: claim.predicate.issued }).bytes
  if (proof === undefined || verifyTlogProof(proof, { entry, key: log.key }) === undefined) {
    throw manifestRefused('the manifest is not in the log of the provider')
  }
}

async function peerService({ identity }: DocumentDeps, { provider }: DocumentSource): Promise<string> {
  try {
    return await identity.service(provider, 'ManifestService')
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.code !== 'unsupported') throw unreachable(error)
    throw manifestRefused('the provider serves no manifests')
  }
}

interface FetchOptions {
  readonly url: string
  readonly maxBytes: number
}

async function fetchFrom(
  { identity, http }: DocumentDeps,
  { provider }: DocumentSource,
  { url, maxBytes }: FetchOptions,
): Promise<Uint8Array> {
  const answer = await identity
    .authorizationFor(provider)
    .then((authorization) =>
      http.request({ method: 'GET', url, headers: { authorization }, maxBytes, timeoutMs: 30_000 }),
    )
    .catch((error: unknown) => {
      throw unreachable(error)
    })
  if (answer.status === 200) return answer.body
  const { status } = answer
  // 401 passes: a membership of either side may have run out and be renewed.
  if (status === 403 || status === 404) {
    throw new PullEnded({
      code: 'access-ended',
      detail: `the provider does not give out the manifest (status ${status})`,
    })
  }
  throw new PullPaused('provider', `the provider answered ${status}`)
}

function unreachable(cause: unknown): Error {
  if (cause instanceof HttpFailure && cause.blocked) {
    return new PullEnded({ code: 'access-ended', detail: 'the address of the provider is not permitted' })
  }
  return new PullPaused('network', 'the provider cannot be reached', { cause })
}
