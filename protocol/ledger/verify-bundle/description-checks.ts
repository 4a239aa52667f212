import { BundleDescription, BundleSecrets, KeyHistoryLine, SUMS_PAYLOAD_TYPE } from '../../../schemas/audit.ts'
import { DidDocument } from '../../../schemas/identity.ts'
import { DsseEnvelope } from '../../../schemas/ledger.ts'
import { dssePayload, verifyDsse } from '../../canonical/dsse.ts'
import { equalBytes, fromBase64Url, toHex, utf8 } from '../../canonical/hash.ts'
import { canonicalJson } from '../../canonical/jcs.ts'
import { readStrictJson } from '../../canonical/strict-json.ts'
import { announcedLog, statementKey } from '../party.ts'
import {
  type AuditedBundle,
  Faults,
  type Finding,
  isCanonicalFile,
  nameDigest,
  pathsUnder,
  readJson,
  readText,
} from './bundle.ts'

const SUMS = 'SHA256SUMS'
const SIGNED_SUMS = 'SHA256SUMS.dsse.json'
const LINE = /^([0-9a-f]{64}) {2}(\S.*)$/

/** `description`: bundle.json says who exported what. */
export async function checkDescription(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const parsed = BundleDescription.safeParse(await readJson(bundle, 'bundle.json'))
  if (!parsed.success) faults.add('bundle.json', 'the description is missing or malformed')
  else {
    bundle.description = parsed.data
    faults.expect(
      await isCanonicalFile(bundle, 'bundle.json', parsed.data),
      'bundle.json',
      'the description is not canonical',
    )
    for (const { origin } of parsed.data.logs) {
      const checkpoint = `logs/${nameDigest(origin, bundle.tools.hash)}/checkpoint`
      faults.expect(bundle.paths.includes(checkpoint), checkpoint, 'a log that the description names is missing')
    }
  }
  const { exporter, exchanges } = bundle.description ?? {}
  return faults.finding(`exported by ${exporter ?? ''}, ${exchanges?.length ?? 0} exchanges`)
}

/** `keys`: one DID document history per party, each line its own document. */
export async function checkKeys(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  for (const path of pathsUnder(bundle, 'keys')) {
    const lines = ((await readText(bundle, path)) ?? '').split('\n')
    const last = lines.pop()
    if (lines.length === 0 || last !== '') faults.add(path, 'the key history is empty or its last line is cut')
    for (const line of lines) {
      const entry = KeyHistoryLine.safeParse(readStrictJson(line))
      const document = entry.success ? DidDocument.safeParse(entry.data.document) : undefined
      const did = entry.data?.did ?? ''
      const sound = document?.success === true && document.data.id === did && line === canonical(entry.data)
      if (!faults.expect(sound, path, 'a line of the key history is malformed')) continue
      faults.expect(
        path === `keys/${nameDigest(did, bundle.tools.hash)}.jsonl`,
        path,
        'the key history is another party’s',
      )
      if (document?.success) bundle.documents.set(did, [...(bundle.documents.get(did) ?? []), document.data])
    }
  }
  const exporter = bundle.description?.exporter ?? ''
  faults.expect(bundle.documents.has(exporter), 'keys', 'the keys of the exporter are missing')
  for (const { did, origin } of bundle.description?.logs ?? []) {
    const announced = (bundle.documents.get(did) ?? []).map((document) => announcedLog(document)?.origin)
    faults.expect(announced.includes(origin), 'keys', `no DID document of ${did} announces the log ${origin}`)
  }
  return faults.finding(`${bundle.documents.size} parties with their keys`)
}

function canonical(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value)
}

/** `sums`: every file is listed with its digest, no other exists, and the exporter signed the list. */
export async function checkSums(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const sums = await bundle.reader.read(SUMS)
  const listed = new Set<string>()
  for (const line of ((await readText(bundle, SUMS)) ?? '\n').split('\n').slice(0, -1)) {
    const [, digest, path] = LINE.exec(line) ?? []
    if (digest === undefined || path === undefined) {
      faults.add(SUMS, 'a line of the list is malformed')
      continue
    }
    const bytes = await bundle.reader.read(path)
    listed.add(path)
    faults.expect(
      bytes !== undefined && toHex(bundle.tools.hash(bytes)) === digest,
      path,
      'the file is not the one that was listed',
    )
  }
  for (const path of bundle.paths) {
    if (path !== SUMS && path !== SIGNED_SUMS) faults.expect(listed.has(path), path, 'the file is not in the list')
  }
  faults.expect(
    sums !== undefined && (await isSignedByExporter(bundle, sums)),
    SIGNED_SUMS,
    'the list is not signed by the exporter',
  )
  return faults.finding(`${listed.size} files as listed and signed by the exporter`)
}

async function isSignedByExporter(bundle: AuditedBundle, sums: Uint8Array): Promise<boolean> {
  const { exporter, keyId } = bundle.description ?? {}
  const envelope = DsseEnvelope.safeParse(await readJson(bundle, SIGNED_SUMS))
  if (exporter === undefined || keyId === undefined || !envelope.success) return false
  if (!(await isCanonicalFile(bundle, SIGNED_SUMS, envelope.data))) return false
  const payload = dssePayload(envelope.data)
  const keys = (bundle.documents.get(exporter) ?? []).flatMap((document) => statementKey(document, keyId) ?? [])
  const verifiers = keys.map((key) => ({
    keyid: keyId,
    verify: (message: Uint8Array, signature: Uint8Array) => bundle.tools.verify(key, message, signature),
  }))
  const verified = await verifyDsse(envelope.data, SUMS_PAYLOAD_TYPE, verifiers)
  return verified !== undefined && payload !== undefined && equalBytes(payload, sums)
}

/** `secrets`: the secret of every exchange in the bundle, and of no other. */
export async function checkSecrets(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const secrets = BundleSecrets.safeParse(await readJson(bundle, 'secrets.json'))
  if (!secrets.success) faults.add('secrets.json', 'the secrets are missing or malformed')
  else {
    faults.expect(
      await isCanonicalFile(bundle, 'secrets.json', secrets.data),
      'secrets.json',
      'the secrets are not canonical',
    )
    for (const { exchangeId, secret } of secrets.data.exchanges) {
      const bytes = fromBase64Url(secret)
      const fresh = bytes?.length === 32 && !bundle.secrets.has(exchangeId)
      if (faults.expect(fresh, 'secrets.json', 'a secret is malformed or there twice') && bytes !== undefined)
        bundle.secrets.set(exchangeId, bytes)
    }
  }
  const exchanges = new Set(bundle.receipts.map(({ receipt }) => receipt.exchangeId))
  for (const exchange of exchanges)
    faults.expect(bundle.secrets.has(exchange), 'secrets.json', `the secret of the exchange ${exchange} is missing`)
  for (const exchange of bundle.secrets.keys())
    faults.expect(exchanges.has(exchange), 'secrets.json', 'there is a secret of an exchange without receipts')
  for (const exchange of bundle.description?.exchanges ?? [])
    faults.expect(exchanges.has(exchange), 'bundle.json', `there is no receipt of the exchange ${exchange}`)
  faults.expect(
    exchanges.size === (bundle.description?.exchanges.length ?? 0),
    'bundle.json',
    'there are receipts of exchanges that the description does not name',
  )
  return faults.finding(`${bundle.secrets.size} exchanges can be opened`)
}

/** Bytes of a text in UTF-8, for the exporter. */
export function sumsText(files: readonly { readonly path: string; readonly sha256: string }[]): Uint8Array {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return utf8(sorted.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''))
}
