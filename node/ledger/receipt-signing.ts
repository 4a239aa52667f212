import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { fromBase64Url, sha256Hex, toBase64Url, utf8 } from '../../protocol/canonical/hash.ts'
import { receiptEntry, receiptLeaf } from '../../protocol/ledger/leaf.ts'
import { announcedLog, receiptParty } from '../../protocol/ledger/party.ts'
import { type ReadReceipt, readReceipt, receiptCommitment } from '../../protocol/ledger/receipt.ts'
import { parseTlogProof, verifyTlogProof } from '../../protocol/ledger/tlog-proof.ts'
import type { Did } from '../../schemas/ids.ts'
import {
  type DsseEnvelope,
  type ProofDigest,
  RECEIPT_PAYLOAD_TYPE,
  type ReceiptParty,
  type ReceiptRecord,
} from '../../schemas/ledger.ts'
import type { Identity } from '../identity/operations.ts'
import type { LeafDraft } from '../ports/effects.ts'
import type { Keys } from '../ports/keys.ts'
import type { Ledger } from './operations.ts'
import type { StoredProof } from './receipt-store.ts'

/** What making and checking receipts needs of the rest of the node. */
export interface SigningDeps {
  readonly identity: Identity
  readonly keys: Keys
  readonly ledger: Pick<Ledger, 'origin' | 'proof'>
}

const secretContext = (exchangeId: string) => `exchange-secret:${exchangeId}`

export function sealSecret({ keys }: SigningDeps, exchangeId: string, secret: Uint8Array): Promise<Uint8Array> {
  return keys.seal(secretContext(exchangeId), secret)
}

export function openSecret(
  { keys }: Pick<SigningDeps, 'keys'>,
  exchangeId: string,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  return keys.open(secretContext(exchangeId), sealed)
}

export function encodeSecret(secret: Uint8Array): string {
  return toBase64Url(secret)
}

/** undefined unless exactly 32 bytes. */
export function decodeSecret(text: string): Uint8Array | undefined {
  const bytes = fromBase64Url(text)
  return bytes?.length === 32 ? bytes : undefined
}

export async function partyOf({ identity }: SigningDeps, did: Did): Promise<ReceiptParty> {
  return receiptParty(did === identity.did ? await identity.didDocument() : await identity.resolve(did))
}

/** The receipt in an envelope; undefined when it holds none. */
export function receiptIn(envelope: DsseEnvelope): ReadReceipt | undefined {
  const payload = dssePayload(envelope)
  return payload === undefined || envelope.payloadType !== RECEIPT_PAYLOAD_TYPE ? undefined : readReceipt(payload)
}

/** Whether the envelope carries exactly one signature under the party's key of the receipt, and it is good. */
export async function signedBy(
  { identity }: SigningDeps,
  envelope: DsseEnvelope,
  party: ReceiptParty,
): Promise<boolean> {
  const signatures = envelope.signatures.filter(({ keyid }) => keyid === party.keyId)
  if (party.keyId === null || signatures.length !== 1) return false
  return identity.verifyStatement({ ...envelope, signatures }, party.did)
}

/** The envelope with this node's signature added. */
export async function countersigned({ identity }: SigningDeps, envelope: DsseEnvelope): Promise<DsseEnvelope> {
  const payload = dssePayload(envelope)
  if (payload === undefined) throw new TypeError('the payload of the envelope is not base64')
  const own = await identity.signStatement(envelope.payloadType, payload)
  return { ...envelope, signatures: [...envelope.signatures, ...own.signatures] }
}

/** The entry that commits to the receipt in this node's log. */
export function commitmentLeaf({ ledger }: SigningDeps, record: ReceiptRecord, exchangeSecret: Uint8Array): LeafDraft {
  const commitment = receiptCommitment(record.envelope, { exchangeSecret, origin: ledger.origin })
  if (commitment === undefined) throw new TypeError('the envelope is not base64')
  return receiptLeaf(record.id, commitment)
}

/** This node's proof of an earlier receipt, with the digest by which a receipt names it. None while it is not in the tree. */
export async function ownProofs(
  { ledger }: SigningDeps,
  receiptId: string | null,
): Promise<{ texts: string[]; digests: ProofDigest[] }> {
  const proof = receiptId === null ? undefined : await ledger.proof('receipt', receiptId)
  if (proof === undefined) return { texts: [], digests: [] }
  return { texts: [proof], digests: [{ log: ledger.origin, sha256: sha256Hex(utf8(proof)) }] }
}

/**
 * Proofs that the counterpart gave of an earlier receipt, checked against the receipt's commitment in the counterpart's log.
 * undefined when one of them shows nothing.
 */
export async function checkProofs(
  { identity }: SigningDeps,
  texts: readonly string[],
  of: { readonly counterpart: Did; readonly receipt: ReceiptRecord | undefined; readonly secret: Uint8Array },
): Promise<StoredProof[] | undefined> {
  const checked: StoredProof[] = []
  for (const text of texts) {
    const key = announcedLog(await identity.resolve(of.counterpart))?.key
    const proof = parseTlogProof(text)
    if (key === undefined || proof === undefined || of.receipt === undefined) return undefined
    const commitment = receiptCommitment(of.receipt.envelope, { exchangeSecret: of.secret, origin: key.name })
    if (commitment === undefined) return undefined
    if (verifyTlogProof(proof, { entry: receiptEntry(commitment), key }) === undefined) return undefined
    checked.push({ receiptId: of.receipt.id, log: key.name, proof: text })
  }
  return checked
}
