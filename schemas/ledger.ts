import { Role } from './dsp.ts'
import * as z from 'zod'
import { ManifestId, ResourceName } from './datasets.ts'
import { Did, Instant, Iri, Sha256 } from './ids.ts'

/** DSSE v1.0.2 envelope: `payload` and `sig` in base64 (either alphabet is read, RFC 4648 §4 is written). */
export const DsseEnvelope = z.object({
  payload: z.string().max(16_777_216),
  payloadType: z.string().min(1).max(255),
  signatures: z
    .array(z.object({ keyid: z.string().max(1024).optional(), sig: z.string().min(1).max(16_384) }))
    .min(1)
    .max(16),
})
export type DsseEnvelope = z.infer<typeof DsseEnvelope>

/** DSSE payload type of receipts; docs/spec/receipt.md. */
export const RECEIPT_PAYLOAD_TYPE = 'application/vnd.tanemaki.receipt.v1+json'

/** Origin of a log: URL without scheme (c2sp.org/tlog-checkpoint). */
export const LogOrigin = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9._~:/%[\]-]+$/, 'not the origin of a log')
export type LogOrigin = z.infer<typeof LogOrigin>

/** What a checkpoint says: c2sp.org/tlog-checkpoint without extension lines. */
export const Checkpoint = z.object({ origin: LogOrigin, size: z.int().nonnegative(), root: Sha256 })
export type Checkpoint = z.infer<typeof Checkpoint>

/** Absolute DID URL of a verification method. */
export const KeyId = z.string().min(1).max(1024)
export type KeyId = z.infer<typeof KeyId>

const recordCommon = { v: z.literal(1), at: Instant }
const kid = { keyId: KeyId }

/** A public record of the log: what everyone may read. Its entry is the canonical JSON of this object; docs/spec/ledger.md §3. */
export const PublicRecord = z.discriminatedUnion('type', [
  z.strictObject({
    ...recordCommon,
    type: z.literal('manifest'),
    manifestId: ManifestId,
    /** SHA-256 of the DSSE pre-authentication encoding. */
    pae: Sha256,
    ...kid,
  }),
  z.strictObject({
    ...recordCommon,
    type: z.literal('withdrawal'),
    manifestId: ManifestId,
    /** SHA-256 of the payload of the withdrawal statement. */
    statement: Sha256,
    pae: Sha256,
    ...kid,
  }),
  z.strictObject({
    ...recordCommon,
    type: z.literal('seed-commitment'),
    seedSet: Iri,
    /** Root over the salted commitments of all rows. */
    root: Sha256,
    /** Salted commitment to the units of the control set. */
    control: Sha256,
  }),
  z.strictObject({
    ...recordCommon,
    type: z.literal('privacy-budget'),
    seedSet: Iri,
    /** 1 for the first entry of a seed set, without gaps. */
    seq: z.int().positive(),
    /** Salted digest of the budget entry. */
    commitment: Sha256,
  }),
  z.strictObject({
    ...recordCommon,
    type: z.literal('key-add'),
    ...kid,
    use: z.enum(['identity', 'statement', 'log']),
    /** RFC 7638 thumbprint, base64url of SHA-256. */
    thumbprint: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  }),
  z.strictObject({ ...recordCommon, type: z.literal('key-revoke'), ...kid, compromisedSince: Instant.optional() }),
])
export type PublicRecord = z.infer<typeof PublicRecord>

/** Leaf of a log as read back: a public record, the opaque commitment of a receipt, or bytes of a kind unknown here. */
export type LogLeaf =
  | { readonly kind: 'record'; readonly record: PublicRecord }
  | { readonly kind: 'receipt'; readonly commitment: Uint8Array }
  | { readonly kind: 'unknown' }

export const ReceiptType = z.enum(['AgreementFinalized', 'TransferStarted', 'TransferCompleted'])
export type ReceiptType = z.infer<typeof ReceiptType>

/** A duty of the agreement that a receipt fixes. */
export const ReceiptDuty = z.object({ action: z.string().min(1).max(256), by: Instant.optional() })
export type ReceiptDuty = z.infer<typeof ReceiptDuty>

export const AgreementFinalizedFacts = z.object({ duties: z.array(ReceiptDuty).max(64) })
export type AgreementFinalizedFacts = z.infer<typeof AgreementFinalizedFacts>

const RootedResource = z.object({ name: ResourceName, size: z.int().nonnegative(), root: Sha256 })

export const TransferStartedFacts = z.object({
  transferId: Iri,
  /** For example `http-pull`. */
  transport: z.string().min(1).max(64),
  startedAt: Instant,
  /** Files that may be fetched, with the roots of their chunk trees. */
  resources: z.array(RootedResource).min(1).max(10_000),
  expectedBytes: z.int().nonnegative(),
})
export type TransferStartedFacts = z.infer<typeof TransferStartedFacts>

/** The first chunk whose bytes did not match the tree: digest of the bytes received. */
export const ChunkMismatch = z.object({ resource: ResourceName, chunk: z.int().nonnegative(), received: Sha256 })
export type ChunkMismatch = z.infer<typeof ChunkMismatch>

export const TransferCompletedFacts = z
  .object({
    transferId: Iri,
    result: z.enum(['complete', 'partial', 'mismatch']),
    /** Files that arrived whole, with the roots that the consumer computed from the bytes it received. */
    resources: z.array(RootedResource).max(10_000),
    /** Root over all resources (the manifest's subject); only when complete. */
    datasetRoot: Sha256.optional(),
    bytes: z.int().nonnegative(),
    durationMs: z.int().nonnegative(),
    mismatch: ChunkMismatch.optional(),
  })
  .refine((facts) => (facts.result === 'mismatch') === (facts.mismatch !== undefined), 'mismatch names its chunk')
  .refine((facts) => (facts.result === 'complete') === (facts.datasetRoot !== undefined), 'complete names the root')
export type TransferCompletedFacts = z.infer<typeof TransferCompletedFacts>

const proposalCommon = {
  /** The agreement's id; both parties know it by the same name. */
  exchangeId: Iri,
  provider: Did,
  consumer: Did,
  /** `sha256`: canonical JSON of the agreement as it was sent. */
  agreement: z.object({ id: Iri, sha256: Sha256 }),
  /** null: the provider binds no manifest. */
  manifestId: ManifestId.nullable(),
  /** Canonical JSON of the offer that the agreement came from, as the manifest binds it. */
  offer: z.object({ sha256: Sha256 }),
}

/** Facts of a receipt to be made: payload of a job `{ queue: 'receipt-propose', key: exchangeId, payload }`. */
export const ReceiptProposal = z.discriminatedUnion('type', [
  z.object({ type: z.literal('AgreementFinalized'), ...proposalCommon, body: AgreementFinalizedFacts }),
  z.object({ type: z.literal('TransferStarted'), ...proposalCommon, body: TransferStartedFacts }),
  z.object({ type: z.literal('TransferCompleted'), ...proposalCommon, body: TransferCompletedFacts }),
])
export type ReceiptProposal = z.infer<typeof ReceiptProposal>

/** Queue of receipts to be made. */
export const RECEIPT_QUEUE = 'receipt-propose'

/** A party of a receipt: its statement key and its log; null where it has none to name. */
export const ReceiptParty = z.object({ did: Did, keyId: KeyId.nullable(), log: LogOrigin.nullable() })
export type ReceiptParty = z.infer<typeof ReceiptParty>

/** Digest of a tlog-proof that shows the previous receipt of the exchange in a party's log. */
export const ProofDigest = z.object({ log: LogOrigin, sha256: Sha256 })
export type ProofDigest = z.infer<typeof ProofDigest>

/** What both parties sign; docs/spec/receipt.md. */
const receiptCommon = {
  v: z.literal(1),
  exchangeId: Iri,
  /** 1 for the first receipt of the exchange, without gaps. */
  seq: z.int().positive(),
  /** SHA-256 of the previous payload of the exchange; null for the first. */
  prev: Sha256.nullable(),
  proposer: Role,
  /** Counter of the receipts that this proposer made with this counterpart, over all exchanges, from 1 without gaps. */
  pairSeq: z.int().positive(),
  pairPrev: Sha256.nullable(),
  provider: ReceiptParty,
  consumer: ReceiptParty,
  agreement: z.object({ id: Iri, sha256: Sha256 }),
  manifestId: ManifestId.nullable(),
  offer: z.object({ sha256: Sha256 }),
  at: Instant,
  /** Until when the counterpart is asked to answer. */
  notAfter: Instant,
  /** 16 random bytes, hexadecimal. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  /** Proofs of the previous receipt that the proposer holds. */
  proofs: z.array(ProofDigest).max(2),
}

export const Receipt = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('AgreementFinalized'), ...receiptCommon, body: AgreementFinalizedFacts }),
  z.strictObject({ type: z.literal('TransferStarted'), ...receiptCommon, body: TransferStartedFacts }),
  z.strictObject({ type: z.literal('TransferCompleted'), ...receiptCommon, body: TransferCompletedFacts }),
])
export type Receipt = z.infer<typeof Receipt>

const TlogProofText = z.string().max(65_536)

/** POST to the ReceiptService of the counterpart. */
export const ReceiptRequest = z.object({
  /** Signed by the proposer alone. */
  envelope: DsseEnvelope,
  /** 32 bytes, base64url: the exchange's secret from which both logs' salts come. Only with the first receipt. */
  exchangeSecret: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  /** tlog-proofs of the previous receipt in the proposer's log, whose digest the receipt names. */
  proofs: z.array(TlogProofText).max(2),
})
export type ReceiptRequest = z.infer<typeof ReceiptRequest>

/** Answer of the ReceiptService: the envelope with both signatures. */
export const ReceiptAnswer = z.object({
  envelope: DsseEnvelope,
  /** tlog-proof of the previous receipt in the answering party's log, when there is one. */
  proofs: z.array(TlogProofText).max(2),
})
export type ReceiptAnswer = z.infer<typeof ReceiptAnswer>

/** co-signed: both parties. single: the counterpart has no receipt service. refused: the counterpart would not sign. */
export const ReceiptState = z.enum(['co-signed', 'single', 'refused'])
export type ReceiptState = z.infer<typeof ReceiptState>

/** A receipt as the node keeps and shows it. */
export const ReceiptRecord = z.object({
  /** SHA-256 of the payload. */
  id: Sha256,
  exchangeId: Iri,
  type: ReceiptType,
  state: ReceiptState,
  receipt: Receipt,
  envelope: DsseEnvelope,
})
export type ReceiptRecord = z.infer<typeof ReceiptRecord>
