import { type HashFunction, toHex, utf8 } from '../../protocol/canonical/hash.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { instantOf } from '../../protocol/instant.ts'
import { readCheckpoint } from '../../protocol/ledger/checkpoint.ts'
import { announcedLog, receiptParty } from '../../protocol/ledger/party.ts'
import { parseVkey } from '../../protocol/ledger/signed-note.ts'
import { formatTlogPolicy } from '../../protocol/ledger/tlog-policy.ts'
import { sumsText } from '../../protocol/ledger/verify-bundle/description-checks.ts'
import { refuse } from '../../protocol/refusal.ts'
import {
  BundleDescription,
  BundleSecrets,
  type ExportRequest,
  KeyHistoryLine,
  SUMS_PAYLOAD_TYPE,
} from '../../schemas/audit.ts'
import { type Did } from '../../schemas/ids.ts'
import type { ReceiptRecord } from '../../schemas/ledger.ts'
import type { Identity } from '../identity/operations.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { Keys } from '../ports/keys.ts'
import { type Logger } from '../telemetry/logger.ts'
import { evidenceFiles, type Evidence } from './evidence.ts'
import { fetchLogFiles, ownLogFiles } from './log-snapshot.ts'
import type { Ledger } from './operations.ts'
import { encodeSecret, openSecret } from './receipt-signing.ts'
import type { ReceiptStore } from './receipt-store.ts'

const MOST_EXCHANGES = 10_000

export interface AuditDeps {
  readonly identity: Identity
  readonly keys: Keys
  readonly ledger: Ledger
  readonly store: ReceiptStore
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Logger
  readonly hash: HashFunction
  readonly evidence: Evidence
}

/** A file of an audit bundle. */
export interface ExportedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

export interface Audit {
  /**
   * Files of an audit bundle (docs/spec/bundle.md), ending with its signed list. Throws Refused `not-found` when no exchange
   * fits the request.
   */
  export(request: ExportRequest): AsyncIterable<ExportedFile>
}

export function createAudit(deps: AuditDeps): Audit {
  return { export: (request) => exportBundle(deps, request) }
}

async function* exportBundle(deps: AuditDeps, request: ExportRequest): AsyncGenerator<ExportedFile> {
  const sums: { path: string; sha256: string }[] = []
  for await (const file of bundleFiles(deps, request)) {
    sums.push({ path: file.path, sha256: toHex(deps.hash(file.bytes)) })
    yield file
  }
  const list = sumsText(sums)
  yield { path: 'SHA256SUMS', bytes: list }
  yield {
    path: 'SHA256SUMS.dsse.json',
    bytes: canonicalBytes(await deps.identity.signStatement(SUMS_PAYLOAD_TYPE, list)),
  }
}

async function* bundleFiles(deps: AuditDeps, request: ExportRequest): AsyncGenerator<ExportedFile> {
  const { ledger, store } = deps
  await ledger.settle()
  const exchanges = await exchangesOf(deps, request)
  const receipts: ReceiptRecord[] = []
  for (const exchangeId of exchanges)
    receipts.push(...(await store.ofExchange(exchangeId)).filter(({ state }) => state !== 'refused'))
  yield* receiptFiles(deps, receipts)
  yield { path: 'secrets.json', bytes: canonicalBytes(await secretsOf(deps, exchanges)) }
  const head = await publishedHead(ledger)
  yield* evidenceFiles(deps.evidence, { receipts, root: head.root })
  yield* keyFiles(deps, receipts)
  yield* logFiles(deps, { receipts, exchanges, head })
}

async function publishedHead(ledger: Ledger) {
  const checkpoint = await ledger.checkpoint()
  const read = checkpoint === undefined ? undefined : readCheckpoint(checkpoint)
  if (checkpoint === undefined || read === undefined)
    return refuse('not-found', 'the log is empty', 'There is nothing to audit yet.')
  return { size: read.size, root: read.root, checkpoint }
}

async function exchangesOf({ store }: AuditDeps, { exchangeId, from, to }: ExportRequest): Promise<string[]> {
  const between = async () =>
    store.exchangesBetween(
      from === undefined ? 0 : Date.parse(from),
      to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to),
      MOST_EXCHANGES,
    )
  const candidates = exchangeId === undefined ? await between() : [exchangeId]
  const found: string[] = []
  for (const id of candidates) if ((await store.exchangeHead(id)).seq > 0) found.push(id)
  if (found.length === 0)
    refuse('not-found', 'there is no receipt of such an exchange', 'List the exchanges: tanemaki exchange list.')
  return found
}

const nameOf = ({ hash }: AuditDeps, name: string) => toHex(hash(utf8(name)))

/** Proofs come before the logs, so that no proof is newer than the head that the bundle holds. */
async function* receiptFiles(deps: AuditDeps, receipts: readonly ReceiptRecord[]): AsyncGenerator<ExportedFile> {
  for (const { id, exchangeId, receipt, envelope } of receipts) {
    yield {
      path: `receipts/${nameOf(deps, exchangeId)}/${receipt.seq}.dsse.json`,
      bytes: canonicalBytes(envelope),
    }
    const own = await deps.ledger.proof('receipt', id)
    if (own !== undefined) yield proofFile(deps, id, { log: deps.ledger.origin, proof: own })
  }
}

function proofFile(deps: AuditDeps, id: string, { log, proof }: { log: string; proof: string }): ExportedFile {
  return { path: `proofs/${id}.${nameOf(deps, log)}.tlog-proof`, bytes: utf8(proof) }
}

async function secretsOf(deps: AuditDeps, exchanges: readonly string[]): Promise<BundleSecrets> {
  const opened: BundleSecrets['exchanges'] = []
  for (const exchangeId of exchanges) {
    const sealed = await deps.store.sealedSecret(exchangeId)
    if (sealed !== undefined)
      opened.push({ exchangeId, secret: encodeSecret(await openSecret(deps, exchangeId, sealed)) })
  }
  return BundleSecrets.parse({ v: 1, exchanges: opened })
}

function counterparts({ identity }: AuditDeps, receipts: readonly ReceiptRecord[]): Did[] {
  const dids = receipts.flatMap(({ receipt }) => [receipt.provider.did, receipt.consumer.did])
  return [...new Set(dids)].filter((did) => did !== identity.did).toSorted()
}

async function* keyFiles(deps: AuditDeps, receipts: readonly ReceiptRecord[]): AsyncGenerator<ExportedFile> {
  const now = deps.clock.now()
  const own = { did: deps.identity.did, documents: [{ document: await deps.identity.didDocument(), retrievedAt: now }] }
  const parties = [own]
  for (const did of counterparts(deps, receipts)) parties.push({ did, documents: await deps.store.documents(did) })
  for (const { did, documents } of parties) {
    const lines = documents.map(({ document, retrievedAt }) =>
      canonicalBytes(KeyHistoryLine.parse({ did, retrievedAt: instantOf(retrievedAt), document })),
    )
    const text = lines.map((line) => `${new TextDecoder().decode(line)}\n`).join('')
    if (lines.length > 0) yield { path: `keys/${nameOf(deps, did)}.jsonl`, bytes: utf8(text) }
  }
}

interface LogScope {
  readonly receipts: readonly ReceiptRecord[]
  readonly exchanges: readonly string[]
  readonly head: { readonly size: number; readonly checkpoint: string }
}

/** The own log, the counterparts' where they can be had, the policy that names them, and the description of it all. */
async function* logFiles(deps: AuditDeps, { receipts, exchanges, head }: LogScope): AsyncGenerator<ExportedFile> {
  const { identity, ledger } = deps
  const ownKey =
    parseVkey(await ledger.vkey()) ?? refuse('internal', 'the log has no readable key', 'See the log of the node.')
  const logs: BundleDescription['logs'] = [{ origin: ledger.origin, did: identity.did, role: 'exporter' }]
  const keys = [ownKey]
  const folder = `logs/${nameOf(deps, ledger.origin)}`
  for await (const { path, bytes } of ownLogFiles(ledger, head)) yield { path: `${folder}/${path}`, bytes }
  for (const did of counterparts(deps, receipts)) {
    const log = (await deps.store.documents(did)).flatMap(({ document }) => announcedLog(document) ?? []).at(-1)
    const files = log === undefined ? undefined : await fetchLogFiles(deps.http, log)
    if (log === undefined || files === undefined) {
      deps.log.warn('peer-log-missing', { did })
      continue
    }
    logs.push({ origin: log.origin, did, role: 'counterpart' })
    keys.push(log.key)
    for (const { path, bytes } of files) yield { path: `logs/${nameOf(deps, log.origin)}/${path}`, bytes }
    for (const { id } of receipts) {
      const proof = (await deps.store.proofs(id)).find((stored) => stored.log === log.origin)
      if (proof !== undefined) yield proofFile(deps, id, proof)
    }
  }
  yield { path: 'policy.tlog-policy', bytes: utf8(formatTlogPolicy(keys)) }
  const { keyId } = receiptParty(await identity.didDocument())
  const description = { v: 1, exporter: identity.did, keyId, createdAt: instantOf(deps.clock.now()), exchanges, logs }
  yield { path: 'bundle.json', bytes: canonicalBytes(BundleDescription.parse(description)) }
}
