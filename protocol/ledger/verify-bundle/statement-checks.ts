import * as z from 'zod'
import { type ManifestPredicate, STATEMENT_PAYLOAD_TYPE } from '../../../schemas/manifests.ts'
import { DsseEnvelope } from '../../../schemas/ledger.ts'
import { dssePayload, paeDigest, verifyDsse } from '../../canonical/dsse.ts'
import { toHex } from '../../canonical/hash.ts'
import { readStrictJson } from '../../canonical/strict-json.ts'
import { datasetRoot, readManifest } from '../../datasets/manifest.ts'
import { readWithdrawal } from '../../datasets/withdrawal.ts'
import { statementKey } from '../party.ts'
import {
  type AuditedBundle,
  type AuditedManifest,
  Faults,
  type Finding,
  isCanonicalFile,
  notApplicable,
  pathsUnder,
  readJson,
} from './bundle.ts'

/** Whether the envelope carries exactly one signature, under that key of that party, and it is good. */
export async function isSignedBy(
  bundle: AuditedBundle,
  envelope: DsseEnvelope,
  { did, keyId }: { readonly did: string; readonly keyId: string },
): Promise<boolean> {
  const signatures = envelope.signatures.filter(({ keyid }) => keyid === keyId)
  const verifiers = (bundle.documents.get(did) ?? []).flatMap((document) => {
    const key = statementKey(document, keyId)
    if (key === undefined) return []
    return [{ keyid: keyId, verify: (message: Uint8Array, sig: Uint8Array) => bundle.tools.verify(key, message, sig) }]
  })
  if (signatures.length !== 1 || verifiers.length === 0) return false
  return (await verifyDsse({ ...envelope, signatures }, envelope.payloadType, verifiers.slice(0, 1))) !== undefined
}

/** The envelope in a file; undefined unless the file is the canonical JSON of one. */
export async function readEnvelope(bundle: AuditedBundle, path: string): Promise<DsseEnvelope | undefined> {
  const envelope = DsseEnvelope.safeParse(await readJson(bundle, path))
  return envelope.success && (await isCanonicalFile(bundle, path, envelope.data)) ? envelope.data : undefined
}

/** `manifest-envelope`: every manifest is the one its name says, signed by its issuer, and in the issuer's log. */
export async function checkManifests(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  let unlogged = 0
  for (const path of pathsUnder(bundle, 'manifests')) {
    const envelope = await readEnvelope(bundle, path)
    const payload = envelope === undefined ? undefined : dssePayload(envelope)
    const read = payload === undefined ? undefined : readManifest(payload)
    if (envelope === undefined || read?.ok !== true || envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
      faults.add(path, 'the file holds no well-formed manifest')
      continue
    }
    const { id, statement } = read.manifest
    faults.expect(
      path === `manifests/${id.slice('sha256:'.length)}.dsse.json`,
      path,
      'the manifest is not the one its name says',
    )
    bundle.manifests.set(id, { path, id, envelope, statement })
    const { issuer, log } = statement.predicate
    const keyId = envelope.signatures[0]?.keyid ?? ''
    faults.expect(
      await isSignedBy(bundle, envelope, { did: issuer, keyId }),
      path,
      'the manifest is not signed by its issuer',
    )
    const audited = bundle.logs.get(log)
    if (audited === undefined) unlogged += 1
    else {
      const found = audited.records.some(
        ({ record }) =>
          record.type === 'manifest' &&
          record.manifestId === id &&
          record.pae === paeDigest(envelope) &&
          record.keyId === keyId,
      )
      faults.expect(found, path, 'the manifest is not in the log of its issuer')
    }
  }
  if (pathsUnder(bundle, 'manifests').length === 0) return notApplicable('the bundle holds no manifest')
  const note = unlogged === 0 ? '' : `; the log of the issuer is not in the bundle for ${unlogged}`
  return faults.finding(`${bundle.manifests.size} manifests signed and logged${note}`)
}

/** `manifest-subject`: the subject is the root recomputed from the resources. */
export function checkSubjects(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  for (const { path, statement } of bundle.manifests.values()) {
    const root = datasetRoot(statement.predicate.resources)
    faults.expect(statement.subject[0]?.digest.sha256 === root, path, 'the subject is not the root of the resources')
  }
  return bundle.manifests.size === 0
    ? notApplicable('the bundle holds no manifest')
    : faults.finding('the subjects are the roots')
}

const Croissant = z.looseObject({
  identifier: z.string(),
  version: z.string(),
  license: z.string(),
  distribution: z.array(z.looseObject({ name: z.string(), sha256: z.string().optional() })),
})

/** `croissant-digest`: the description that a manifest binds is there and says the same. */
export async function checkCroissants(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  for (const { statement } of bundle.manifests.values()) {
    const { predicate } = statement
    const path = `objects/${predicate.description.croissant.sha256}`
    const bytes = await boundObject(bundle, predicate.description.croissant.sha256, faults)
    if (bytes === undefined) continue
    const croissant = Croissant.safeParse(readStrictJson(bytes))
    if (croissant.success)
      faults.expect(agrees(croissant.data, predicate), path, 'the description and the manifest differ')
    else faults.add(path, 'the description is no Croissant document')
  }
  return bundle.manifests.size === 0
    ? notApplicable('the bundle holds no manifest')
    : faults.finding('the descriptions agree with their manifests')
}

function agrees(croissant: z.infer<typeof Croissant>, predicate: ManifestPredicate): boolean {
  const files = croissant.distribution.flatMap(({ name, sha256 }) =>
    sha256 === undefined ? [] : [`${name} ${sha256}`],
  )
  const bound = predicate.resources.map(({ name, digest }) => `${name} ${digest.sha256}`)
  return (
    croissant.identifier === predicate.datasetId &&
    croissant.version === predicate.version &&
    croissant.license.includes(predicate.policy.license) &&
    files.toSorted().join('\n') === bound.toSorted().join('\n')
  )
}

/** `report-digest`: the public reports that the manifests bind. */
export async function checkReports(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  for (const { statement } of bundle.manifests.values())
    await boundObject(bundle, statement.predicate.reports.evaluation.public.sha256, faults)
  return bundle.manifests.size === 0
    ? notApplicable('the bundle holds no manifest')
    : faults.finding('the public reports are the ones that the manifests bind')
}

/** `object-digest`: every object is the one its name says. */
export async function checkObjects(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const paths = pathsUnder(bundle, 'objects')
  for (const path of paths) {
    const bytes = await bundle.reader.read(path)
    const named = bytes !== undefined && path === `objects/${toHex(bundle.tools.hash(bytes))}`
    faults.expect(named, path, 'the object is not the one its name says')
  }
  return paths.length === 0 ? notApplicable('the bundle holds no object') : faults.finding(`${paths.length} objects`)
}

async function boundObject(bundle: AuditedBundle, sha256: string, faults: Faults): Promise<Uint8Array | undefined> {
  const path = `objects/${sha256}`
  const bytes = await bundle.reader.read(path)
  if (!faults.expect(bytes !== undefined, path, 'a document that a manifest binds is missing')) return undefined
  return bytes !== undefined && toHex(bundle.tools.hash(bytes)) === sha256 ? bytes : undefined
}

/** `seed-commitment`: the seeds that a manifest names were committed to in the issuer's log before the manifest. */
export function checkSeedCommitments(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  let checked = 0
  for (const { path, id, statement } of bundle.manifests.values()) {
    const { provenance, log } = statement.predicate
    const audited = bundle.logs.get(log)
    if (provenance.seedCommitment === undefined || audited === undefined) continue
    checked += 1
    const manifest = audited.records.find(({ record }) => record.type === 'manifest' && record.manifestId === id)
    const seeds = audited.records.find(
      ({ record }) => record.type === 'seed-commitment' && record.root === provenance.seedCommitment,
    )
    faults.expect(
      seeds !== undefined && manifest !== undefined && seeds.index < manifest.index,
      path,
      'the seeds were not committed to before the manifest',
    )
  }
  return checked === 0
    ? notApplicable('no manifest with a seed commitment and its log are in the bundle')
    : faults.finding(`${checked} manifests after the commitment to their seeds`)
}

/** `supersession`: no manifest is superseded by two others. */
export function checkSupersession(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  const successors = new Map<string, AuditedManifest>()
  for (const manifest of bundle.manifests.values()) {
    const { supersedes } = manifest.statement.predicate
    if (supersedes === undefined) continue
    faults.expect(!successors.has(supersedes), manifest.path, 'two manifests supersede the same one')
    successors.set(supersedes, manifest)
  }
  return bundle.manifests.size === 0
    ? notApplicable('the bundle holds no manifest')
    : faults.finding(`${successors.size} supersessions, each with one head`)
}

/** `withdrawal-envelope`: every withdrawal statement is signed by the issuer it names, and in the issuer's log. */
export async function checkWithdrawals(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const paths = pathsUnder(bundle, 'statements')
  for (const path of paths) {
    const envelope = await readEnvelope(bundle, path)
    const payload = envelope === undefined ? undefined : dssePayload(envelope)
    const withdrawal = payload === undefined ? undefined : readWithdrawal(payload)
    if (envelope === undefined || withdrawal === undefined) {
      faults.add(path, 'the file holds no well-formed statement')
      continue
    }
    const digest = withdrawal.id.slice('sha256:'.length)
    const { issuer, log, manifestId } = withdrawal.statement.predicate
    const keyId = envelope.signatures[0]?.keyid ?? ''
    faults.expect(path === `statements/${digest}.dsse.json`, path, 'the statement is not the one its name says')
    faults.expect(
      await isSignedBy(bundle, envelope, { did: issuer, keyId }),
      path,
      'the statement is not signed by its issuer',
    )
    const logged = bundle.logs
      .get(log)
      ?.records.some(
        ({ record }) => record.type === 'withdrawal' && record.manifestId === manifestId && record.statement === digest,
      )
    faults.expect(logged !== false, path, 'the withdrawal is not in the log of its issuer')
  }
  return paths.length === 0 ? notApplicable('nothing was withdrawn') : faults.finding(`${paths.length} withdrawals`)
}
