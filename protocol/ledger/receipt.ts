import type { Role } from '../../schemas/dsp.ts'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import type { Instant, Sha256 } from '../../schemas/ids.ts'
import {
  type DsseEnvelope,
  type ProofDigest,
  Receipt,
  type ReceiptParty,
  ReceiptProposal,
  type ReceiptType,
} from '../../schemas/ledger.ts'
import { dssePayload } from '../canonical/dsse.ts'
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  sha256,
  sha256Hex,
  toHex,
  utf8,
} from '../canonical/hash.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { readStrictJson } from '../canonical/strict-json.ts'
import type { Refusal } from '../refusal.ts'

/** Who signs a receipt first: the party that knows the facts first (docs/spec/receipt.md §2). */
const PROPOSERS: Readonly<Record<ReceiptType, Role>> = {
  AgreementFinalized: 'consumer',
  TransferStarted: 'provider',
  TransferCompleted: 'consumer',
}

export function proposerRole(type: ReceiptType): Role {
  return PROPOSERS[type]
}

/** Last link of a chain of receipts; seq 0 and no id before the first. */
export interface ChainHead {
  readonly seq: number
  readonly id: Sha256 | null
}

export const emptyChain: ChainHead = { seq: 0, id: null }

/** What a receipt adds to the facts. */
export interface ReceiptSetting {
  /** Head of the exchange's chain. */
  readonly exchange: ChainHead
  /** Head of the chain of receipts that the proposer made with this counterpart. */
  readonly pair: ChainHead
  readonly provider: ReceiptParty
  readonly consumer: ReceiptParty
  readonly at: Instant
  readonly notAfter: Instant
  /** 16 bytes from a secure source. */
  readonly nonce: Uint8Array
  readonly proofs: readonly ProofDigest[]
}

export function buildReceipt(proposal: ReceiptProposal, setting: ReceiptSetting): Receipt {
  const { exchange, pair } = setting
  return Receipt.parse({
    ...proposal,
    v: 1,
    seq: exchange.seq + 1,
    prev: exchange.id,
    proposer: proposerRole(proposal.type),
    pairSeq: pair.seq + 1,
    pairPrev: pair.id,
    provider: setting.provider,
    consumer: setting.consumer,
    at: setting.at,
    notAfter: setting.notAfter,
    nonce: toHex(setting.nonce),
    proofs: setting.proofs,
  })
}

/** Payload bytes of a receipt: its canonical JSON. Its id is their SHA-256. */
export function receiptPayload(receipt: Receipt): Uint8Array {
  return canonicalBytes(receipt)
}

/** A receipt as read from payload bytes. */
export interface ReadReceipt {
  readonly id: Sha256
  readonly receipt: Receipt
}

/** Reads a payload; undefined unless it is the canonical JSON of a receipt whose proposer is the one its type demands. */
export function readReceipt(payload: Uint8Array): ReadReceipt | undefined {
  const receipt = Receipt.safeParse(readStrictJson(payload))
  if (!receipt.success || !equalBytes(canonicalBytes(receipt.data), payload)) return undefined
  if (receipt.data.proposer !== proposerRole(receipt.data.type)) return undefined
  if (receipt.data.provider.did === receipt.data.consumer.did) return undefined
  return { id: sha256Hex(payload), receipt: receipt.data }
}

/** The facts of a receipt without its place in the chains. */
export function receiptFacts(receipt: Receipt): ReceiptProposal {
  return ReceiptProposal.parse({ ...receipt, provider: receipt.provider.did, consumer: receipt.consumer.did })
}

/** Identity of the facts: the same proposal made twice is one receipt. */
export function proposalKey(proposal: ReceiptProposal): Sha256 {
  return sha256Hex(canonicalBytes(proposal))
}

/** Whether the receipt continues both chains; the Refusal (`conflict`) says which it does not. */
export function refuseWrongChain(
  receipt: Receipt,
  heads: { readonly exchange: ChainHead; readonly pair: ChainHead },
): Refusal | undefined {
  if (!isNextInExchange(receipt, heads.exchange))
    return chainRefusal(`the exchange has ${heads.exchange.seq} receipts and this one does not follow the last`)
  if (receipt.pairSeq !== heads.pair.seq + 1 || receipt.pairPrev !== heads.pair.id)
    return chainRefusal(
      `the proposer has made ${heads.pair.seq} receipts with this node and this one does not follow the last`,
    )
  return undefined
}

export function isNextInExchange({ seq, prev }: Receipt, head: ChainHead): boolean {
  return seq === head.seq + 1 && prev === head.id
}

function chainRefusal(detail: string): Refusal {
  return { code: 'conflict', detail, hint: 'Propose the receipt again after the last one that both parties signed.' }
}

/** What must have been signed before in the exchange: a transfer needs its agreement, a completion its start. */
export function missingPredecessor(proposal: ReceiptProposal, earlier: readonly Receipt[]): ReceiptType | undefined {
  const started = (receipt: Receipt) =>
    receipt.type === 'TransferStarted' &&
    proposal.type === 'TransferCompleted' &&
    receipt.body.transferId === proposal.body.transferId
  if (proposal.type === 'AgreementFinalized') return undefined
  if (!earlier.some(({ type }) => type === 'AgreementFinalized')) return 'AgreementFinalized'
  return proposal.type === 'TransferCompleted' && !earlier.some(started) ? 'TransferStarted' : undefined
}

/**
 * Salt of an exchange's commitments in one log: HKDF-SHA-256(secret, no salt, info = `urn:tanemaki:receipt-salt:v1` ‖ 0x00 ‖
 * origin), 32 bytes. Different in the two logs, so that their leaves cannot be matched without the secret.
 */
export function receiptSalt(exchangeSecret: Uint8Array, origin: string): Uint8Array {
  return hkdf(nobleSha256, exchangeSecret, undefined, utf8(`urn:tanemaki:receipt-salt:v1\0${origin}`), 32)
}

/**
 * Commitment to a receipt in one log: SHA-256(`urn:tanemaki:receipt-commitment:v1` ‖ 0x00 ‖ salt ‖ receipt id ‖ SHA-256(the
 * raw signatures in ascending byte order, concatenated)). undefined when the envelope is not base64.
 */
export function receiptCommitment(
  envelope: DsseEnvelope,
  log: { readonly exchangeSecret: Uint8Array; readonly origin: string },
): Uint8Array | undefined {
  const payload = dssePayload(envelope)
  const signatures = envelope.signatures.map(({ sig }) => fromBase64(sig) ?? fromBase64Url(sig))
  if (payload === undefined || signatures.some((signature) => signature === undefined)) return undefined
  const ordered = signatures
    .filter((signature) => signature !== undefined)
    .map(toHex)
    .toSorted()
    .map(fromHex)
  return sha256(
    concatBytes(
      utf8('urn:tanemaki:receipt-commitment:v1\0'),
      receiptSalt(log.exchangeSecret, log.origin),
      sha256(payload),
      sha256(concatBytes(...ordered)),
    ),
  )
}
