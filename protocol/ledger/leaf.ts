import { type LogLeaf, PublicRecord } from '../../schemas/ledger.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import { dssePayload, paeDigest } from '../canonical/dsse.ts'
import { concatBytes, equalBytes, sha256Hex } from '../canonical/hash.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { readStrictJson } from '../canonical/strict-json.ts'

/** A log entry on its way into the log: what a store's commit queues (LeafDraft of the effects port). */
export interface LeafRecord {
  readonly kind: string
  readonly ref: string
  readonly bytes: Uint8Array
}

/** Kind of the log entries that commit to receipts; every other kind is the `type` of a PublicRecord. */
export const RECEIPT_LEAF = 'receipt'

/** Length in bytes of every receipt entry: version, commitment, zeros. */
const RECEIPT_ENTRY_BYTES = 64
const RECEIPT_ENTRY_VERSION = 1

/** A signed statement: its envelope and the key that signed it. */
export interface SignedStatement {
  readonly envelope: DsseEnvelope
  readonly keyId: string
  /** Instant in UTC with milliseconds. */
  readonly at: string
}

/** Entry that makes a manifest public; ref: its manifest id. Throws when the envelope holds no base64 payload. */
export function manifestLeaf({ envelope, keyId, at }: SignedStatement): LeafRecord {
  const manifestId = `sha256:${payloadDigest(envelope)}`
  return recordLeaf(manifestId, { v: 1, type: 'manifest', manifestId, pae: paeDigest(envelope), keyId, at })
}

/** Entry that makes a withdrawal public; ref: the manifest id that is withdrawn. */
export function withdrawalLeaf(manifestId: string, { envelope, keyId, at }: SignedStatement): LeafRecord {
  const statement = payloadDigest(envelope)
  const pae = paeDigest(envelope)
  return recordLeaf(manifestId, { v: 1, type: 'withdrawal', manifestId, statement, pae, keyId, at })
}

/**
 * Entry that fixes a seed set before anything is generated from it; ref: the root. `root` and `control` are lower-case
 * hexadecimal SHA-256: the Merkle root of the salted row commitments, and a salted commitment to the control set.
 */
export function seedCommitmentLeaf(facts: {
  readonly seedSet: string
  readonly root: string
  readonly control: string
  readonly at: string
}): LeafRecord {
  return recordLeaf(facts.root, { v: 1, type: 'seed-commitment', ...facts })
}

/** Entry that counts a privacy budget entry; ref: `<seedSet>#<seq>`. `commitment` is a salted digest of the entry. */
export function budgetLeaf(facts: {
  readonly seedSet: string
  readonly seq: number
  readonly commitment: string
  readonly at: string
}): LeafRecord {
  return recordLeaf(`${facts.seedSet}#${facts.seq}`, { v: 1, type: 'privacy-budget', ...facts })
}

/** Entry that starts the use of a key; ref: its key id. `thumbprint`: RFC 7638, SHA-256, base64url. */
export function keyAddLeaf(facts: {
  readonly keyId: string
  readonly use: 'identity' | 'statement' | 'log'
  readonly thumbprint: string
  readonly at: string
}): LeafRecord {
  return recordLeaf(facts.keyId, { v: 1, type: 'key-add', ...facts })
}

/** Opaque entry that commits to a receipt: 0x01 ‖ commitment (32 bytes) ‖ 31 zero bytes; ref: the receipt's id. */
export function receiptLeaf(receiptId: string, commitment: Uint8Array): LeafRecord {
  return { kind: RECEIPT_LEAF, ref: receiptId, bytes: receiptEntry(commitment) }
}

export function receiptEntry(commitment: Uint8Array): Uint8Array {
  if (commitment.length !== 32) throw new RangeError('a commitment has 32 bytes')
  return concatBytes(Uint8Array.of(RECEIPT_ENTRY_VERSION), commitment, new Uint8Array(RECEIPT_ENTRY_BYTES - 33))
}

/**
 * Reads an entry back. Entries starting with `{` must be the canonical JSON of a PublicRecord, byte for byte; entries starting
 * with 0x01 are receipt commitments of exactly 64 bytes. undefined: malformed. Other first bytes are kinds of later versions.
 */
export function parseLeaf(entry: Uint8Array): LogLeaf | undefined {
  const [first] = entry
  if (first === undefined) return undefined
  if (first === RECEIPT_ENTRY_VERSION) return parseReceiptEntry(entry)
  if (first !== 0x7b) return { kind: 'unknown' }
  return parseRecord(entry)
}

function parseReceiptEntry(entry: Uint8Array): LogLeaf | undefined {
  if (entry.length !== RECEIPT_ENTRY_BYTES || entry.subarray(33).some((byte) => byte !== 0)) return undefined
  return { kind: 'receipt', commitment: entry.slice(1, 33) }
}

function parseRecord(entry: Uint8Array): LogLeaf | undefined {
  const value = readStrictJson(entry)
  const record = PublicRecord.safeParse(value)
  if (!record.success || !equalBytes(canonicalBytes(record.data), entry)) return undefined
  return { kind: 'record', record: record.data }
}

/** Parses before writing, so that no entry leaves that another node could not read. */
function recordLeaf(ref: string, record: { readonly type: string } & Record<string, unknown>): LeafRecord {
  const parsed = PublicRecord.parse(record)
  return { kind: parsed.type, ref, bytes: canonicalBytes(parsed) }
}

function payloadDigest(envelope: DsseEnvelope): string {
  const payload = dssePayload(envelope)
  if (payload === undefined) throw new TypeError('the payload of the envelope is not base64')
  return sha256Hex(payload)
}
