import * as z from 'zod'
import { ManifestId, Resource, ResourceName } from './datasets.ts'
import { WithdrawalScope } from './manifests.ts'
import { Instant, Iri, ParticipantId, Sha256 } from './ids.ts'
import { DsseEnvelope } from './ledger.ts'
import { InheritedDuty } from './policy.ts'

/** Duty of an agreement as the holder of the copy must fulfil it. */
export const CopyDuty = z.object({
  action: z.enum(['delete', 'no-onward-distribution', 'attribute', 'other']),
  /** Last moment for it; absent when it holds as long as the copy exists. */
  by: Instant.optional(),
  text: z.string().max(2000),
})
export type CopyDuty = z.infer<typeof CopyDuty>

/** pulling: bytes are on their way or wait for the next try. failed: ended for good, see `failure`. */
export const CopyState = z.enum(['pulling', 'complete', 'failed'])
export type CopyState = z.infer<typeof CopyState>

/**
 * Why a pull ended. `chunk` is the 0-based index of the first wrong chunk of `resource`, `expected` its signed leaf hash,
 * `received` the SHA-256 of the bytes that came.
 */
export const CopyFailure = z.object({
  code: z.enum(['wrong-bytes', 'manifest-refused', 'too-large', 'access-ended', 'cancelled']),
  detail: z.string(),
  resource: z.string().optional(),
  chunk: z.int().nonnegative().optional(),
  expected: Sha256.optional(),
  received: Sha256.optional(),
})
export type CopyFailure = z.infer<typeof CopyFailure>

/** A provider's notice about a dataset that this node holds a copy of. */
export const CopyNotice = z.object({
  kind: z.literal('withdrawal'),
  at: Instant,
  statementId: z.string(),
  scope: WithdrawalScope,
  reason: z.string(),
})
export type CopyNotice = z.infer<typeof CopyNotice>

/** A file that no manifest binds. The digest is of what arrived: it tells later changes, not what the provider meant to give. */
export const UnsignedFile = z.object({
  name: ResourceName,
  size: z.int().nonnegative(),
  mediaType: z.string().max(255).optional(),
  sha256: Sha256,
})
export type UnsignedFile = z.infer<typeof UnsignedFile>

/** A pulled dataset held by this node. */
export const CopyRecord = z.object({
  id: z.uuid(),
  /** Process id of the transfer at this node (consumer). */
  transferId: Iri,
  agreementId: Iri,
  provider: ParticipantId,
  datasetId: Iri,
  /** Absent: the provider, a connector of another make, signs none; then `unsigned` takes the place of `resources`. */
  manifestId: ManifestId.optional(),
  title: z.string(),
  state: CopyState,
  resources: z.array(Resource),
  unsigned: z.array(UnsignedFile).default([]),
  size: z.int().nonnegative(),
  /** Absent: nobody says. */
  records: z.int().nonnegative().optional(),
  duties: z.array(CopyDuty),
  failure: CopyFailure.optional(),
  notices: z.array(CopyNotice),
  createdAt: Instant,
  completedAt: Instant.optional(),
})
export type CopyRecord = z.infer<typeof CopyRecord>

/** A dataset in the chain of what another was made from. Title and inputs are known only where this node has its manifest. */
export const ChainLink = z.object({
  manifestId: z.string(),
  datasetId: z.string().optional(),
  provider: z.string().optional(),
  /** Name and version. */
  name: z.string().optional(),
  /** The newest complete copy of it at this node. */
  copyId: z.uuid().optional(),
  /** The provider has withdrawn it. */
  withdrawn: z.boolean(),
  /** False: this node does not have its manifest, so what is behind it is not known. */
  known: z.boolean(),
  get inputs() {
    return z.array(ChainLink)
  },
})
export type ChainLink = z.infer<typeof ChainLink>

/** What a dataset was made from, and what that obliges its maker to. */
export const DatasetOrigin = z.object({ inputs: z.array(ChainLink), duties: z.array(InheritedDuty) })
export type DatasetOrigin = z.infer<typeof DatasetOrigin>

/** Progress of a pull, one NDJSON line. */
export const PullProgress = z.object({
  copyId: z.uuid(),
  state: CopyState,
  resource: z.string().optional(),
  /** Verified bytes over all resources, those of earlier tries included; without a manifest, bytes on disk. */
  verified: z.int().nonnegative(),
  total: z.int().nonnegative(),
  /** Bytes received over the network by this process for this copy. */
  received: z.int().nonnegative(),
  /** What the pull waits for before it goes on by itself. */
  waiting: z.enum(['provider', 'disk-space', 'network']).optional(),
  failure: CopyFailure.optional(),
})
export type PullProgress = z.infer<typeof PullProgress>

/** What `copy verify` found out about one file. */
export const FileVerification = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** Chunks whose bytes are not the signed ones, at most 100. */
  wrongChunks: z.array(z.int().nonnegative()),
  /** Only when asked for: the digest that other tools compute. */
  sha256: Sha256.optional(),
  reason: z.string().optional(),
})
export type FileVerification = z.infer<typeof FileVerification>

/** Outcome of checking a copy against its signed manifest; where it has none, against the digests of what arrived. */
export const CopyVerification = z.object({
  copyId: z.uuid(),
  manifestId: ManifestId.optional(),
  /** The manifest's signature under the provider's key, and its digest. Absent: missing, so nothing proves what the provider gave. */
  manifest: z.boolean().optional(),
  files: z.array(FileVerification),
  ok: z.boolean(),
})
export type CopyVerification = z.infer<typeof CopyVerification>

export const PullRequest = z.strictObject({ agreement: Iri })
export type PullRequest = z.infer<typeof PullRequest>

/** Queue of withdrawals whose holders are to be told. */
export const WITHDRAWAL_QUEUE = 'withdrawal-notify'
export const WithdrawalJob = z.object({ datasetId: Iri, statementId: z.string() })
export type WithdrawalJob = z.infer<typeof WithdrawalJob>

/** Body of POST /notices: a signed statement of the sender about a dataset that the receiver holds. */
export const NoticeMessage = z.object({ statement: DsseEnvelope })
export type NoticeMessage = z.infer<typeof NoticeMessage>
