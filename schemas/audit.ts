import * as z from 'zod'
import { KeyId } from './ledger.ts'
import { Did, Instant, Iri, Sha256 } from './ids.ts'

/** `bundle.json`: what the bundle claims to be; docs/spec/bundle.md. */
export const BundleDescription = z.strictObject({
  v: z.literal(1),
  exporter: Did,
  keyId: KeyId,
  createdAt: Instant,
  /** Exchanges that are included whole. */
  exchanges: z.array(Iri).max(100_000),
  /** Logs that are included: origin and owner. */
  logs: z.array(z.strictObject({ origin: z.string(), did: Did, role: z.enum(['exporter', 'counterpart']) })).max(1000),
})
export type BundleDescription = z.infer<typeof BundleDescription>

/** A line of `keys/<sha256(did)>.jsonl`. */
export const KeyHistoryLine = z.strictObject({ did: Did, retrievedAt: Instant, document: z.looseObject({ id: Did }) })
export type KeyHistoryLine = z.infer<typeof KeyHistoryLine>

/** `secrets.json`: opens the commitments of the exported exchanges. Keep it as confidential as the receipts. */
export const BundleSecrets = z.strictObject({
  v: z.literal(1),
  exchanges: z.array(z.strictObject({ exchangeId: Iri, secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })).max(100_000),
})
export type BundleSecrets = z.infer<typeof BundleSecrets>

/** `chunks/<manifest>/<resource>/<index>.json`: proof of the sampled bytes beside it (`.bin`). */
export const ChunkSample = z.strictObject({
  v: z.literal(1),
  manifestId: z.string(),
  resource: z.string(),
  index: z.int().nonnegative(),
  /** SHA-256 of the bytes. */
  sha256: Sha256,
  /** Inclusion proof in the resource's chunk tree, hexadecimal. */
  proof: z.array(Sha256).max(64),
})
export type ChunkSample = z.infer<typeof ChunkSample>

/** DSSE payload type of `SHA256SUMS.dsse.json`. */
export const SUMS_PAYLOAD_TYPE = 'application/vnd.tanemaki.sums.v1+text'

export const CheckVerdict = z.enum(['pass', 'fail', 'not-applicable'])
export type CheckVerdict = z.infer<typeof CheckVerdict>

/** One check of an audit; ids are listed in docs/spec/bundle.md. */
export const AuditCheck = z.object({
  id: z.string(),
  verdict: CheckVerdict,
  /** One sentence: what was checked, or the first thing that is wrong. */
  evidence: z.string(),
  /** File or place in the bundle that the evidence speaks of. */
  place: z.string().optional(),
})
export type AuditCheck = z.infer<typeof AuditCheck>

export const AuditReport = z.object({
  verdict: z.enum(['pass', 'fail']),
  exporter: Did.optional(),
  checks: z.array(AuditCheck),
})
export type AuditReport = z.infer<typeof AuditReport>

/** What to export: the exchanges named, or all that have a receipt within the time range (both ends included). */
export const ExportRequest = z.object({
  exchangeId: Iri.optional(),
  from: Instant.optional(),
  to: Instant.optional(),
})
export type ExportRequest = z.infer<typeof ExportRequest>

/** A file of a bundle on its way to the reader: base64 content. */
export const BundleFile = z.object({ path: z.string(), content: z.base64() })
export type BundleFile = z.infer<typeof BundleFile>
