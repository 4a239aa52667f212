import * as z from 'zod'
import { GateThresholds } from './evaluation.ts'
import { Did, Instant, ONE_LINE, Sha256 } from './ids.ts'

/** A name that others chose and people will read. */
export const DisplayName = z.string().min(1).max(200).regex(ONE_LINE, 'holds control characters')

const Title = z.object({ en: DisplayName, ja: DisplayName })

/** What data may be used for; a policy names purposes by id. */
export const Purpose = z.object({ id: z.string().min(1).max(512), title: Title })
export type Purpose = z.infer<typeof Purpose>

/** Who may issue which types of credentials, and when (issuance time). */
export const TrustedIssuer = z.object({
  did: Did,
  types: z.array(z.string().min(1).max(256)).min(1).max(32),
  from: Instant,
  until: Instant.optional(),
})
export type TrustedIssuer = z.infer<typeof TrustedIssuer>

/** Signed, versioned rules of a space (design §2). Immutable: a change is a new version. */
export const Rulebook = z.object({
  type: z.literal('urn:tanemaki:rulebook:v1'),
  id: z.string().min(1).max(512),
  /** Counts up from 1. */
  version: z.int().min(1),
  space: DisplayName,
  authority: Did,
  effectiveFrom: Instant,
  purposes: z.array(Purpose).min(1).max(64),
  gates: GateThresholds,
  /** ODRL left operands that an offer of this space may use. */
  operands: z.array(z.string().min(1).max(512)).max(64),
  retention: z.object({ maxDays: z.int().min(1).max(36_500) }),
  trustedIssuers: z.array(z.object({ did: Did, types: z.array(z.string().min(1).max(256)).min(1).max(32) })).max(64),
})
export type Rulebook = z.infer<typeof Rulebook>

/** Names one version of a rulebook by the SHA-256 of its signed text (the compact JWS). */
export const RulebookReference = z.object({ id: z.string().min(1).max(512), version: z.int().min(1), digest: Sha256 })
export type RulebookReference = z.infer<typeof RulebookReference>

/** Whom the members of a space trust, signed by the authority. `sequence` only counts up; past `expires` it counts no more. */
export const TrustList = z.object({
  type: z.literal('urn:tanemaki:trust-list:v1'),
  authority: Did,
  sequence: z.int().min(1),
  issued: Instant,
  expires: Instant,
  issuers: z.array(TrustedIssuer).min(1).max(64),
  /** Issuers that lost trust: what they issued at or after `invalidSince` counts no more. */
  retired: z.array(z.object({ did: Did, invalidSince: Instant })).max(64),
  rulebook: RulebookReference,
})
export type TrustList = z.infer<typeof TrustList>

export const Participant = z.object({ did: Did, name: DisplayName, since: Instant })
export type Participant = z.infer<typeof Participant>

/** Active members, signed by the authority, shown to members only. */
export const ParticipantList = z.object({
  type: z.literal('urn:tanemaki:participant-list:v1'),
  authority: Did,
  sequence: z.int().min(1),
  issued: Instant,
  expires: Instant,
  participants: z.array(Participant).max(10_000),
})
export type ParticipantList = z.infer<typeof ParticipantList>

/** Payload of an invitation (a JWS of the authority). `code` works once, until `expires`, for `did` alone where one is named. */
export const Invitation = z.object({
  type: z.literal('urn:tanemaki:invitation:v1'),
  authority: Did,
  space: DisplayName,
  code: z.string().min(32).max(128),
  did: Did.optional(),
  expires: Instant,
})
export type Invitation = z.infer<typeof Invitation>

/** credentialSubject of a MembershipCredential (identity reference §4.2). */
export const MembershipSubject = z.looseObject({
  id: Did,
  memberName: DisplayName,
  roles: z.array(z.string().min(1).max(64)).max(16),
  since: Instant,
  rulebook: RulebookReference,
})
export type MembershipSubject = z.infer<typeof MembershipSubject>

export const MemberState = z.enum(['active', 'revoked'])
export type MemberState = z.infer<typeof MemberState>

/** A member as its authority keeps it. */
export const Member = z.object({
  did: Did,
  name: DisplayName,
  state: MemberState,
  since: Instant,
  /** When the newest credential ends; renewals push it out. */
  validUntil: Instant.optional(),
  revokedAt: Instant.optional(),
  reason: z.string().optional(),
})
export type Member = z.infer<typeof Member>

/** `GET /api/members`: as the authority keeps them, or as its signed list shows them to members. */
export const MemberList = z.object({ role: z.enum(['authority', 'member']), members: z.array(Member) })
export type MemberList = z.infer<typeof MemberList>

/** This node's place in its space. */
export const Space = z.object({
  role: z.enum(['authority', 'member']),
  authority: Did,
  name: DisplayName,
  trustList: z.object({ sequence: z.int(), expires: Instant }),
  rulebook: RulebookReference,
})
export type Space = z.infer<typeof Space>

/** This node's own membership; `pending` until the authority has delivered the credential. */
export const Membership = z.object({
  state: z.enum(['pending', 'active', 'expired']),
  authority: Did,
  space: DisplayName,
  validUntil: Instant.optional(),
})
export type Membership = z.infer<typeof Membership>

/** `POST /api/space`: what a person decides when she founds a space. */
export const FoundSpace = z.strictObject({
  name: DisplayName,
  purposes: z.array(Purpose).min(1).max(64).optional(),
  retentionDays: z.int().min(1).max(36_500).optional(),
})
export type FoundSpace = z.infer<typeof FoundSpace>

/** `POST /api/invitations`. */
export const InviteMember = z.strictObject({
  name: DisplayName,
  did: Did.optional(),
  validHours: z
    .number()
    .positive()
    .max(24 * 90)
    .optional(),
})
export type InviteMember = z.infer<typeof InviteMember>

/** Answer to an invitation: the text to hand over. */
export const IssuedInvitation = z.object({ invitation: z.string(), expires: Instant })
export type IssuedInvitation = z.infer<typeof IssuedInvitation>

/** `POST /api/membership`: the copied text of an invitation. */
export const JoinSpace = z.strictObject({ invitation: z.string().min(1).max(16_384) })
export type JoinSpace = z.infer<typeof JoinSpace>

/** `POST /api/members/revocations`. */
export const RevokeMember = z.strictObject({ did: Did, reason: z.string().min(1).max(500) })
export type RevokeMember = z.infer<typeof RevokeMember>
