import * as z from 'zod'
import { Did, Instant } from './ids.ts'

/** Context that every DCP message names (DCP 1.0 §4.1); messages are plain JSON, contexts are never fetched. */
export const DCP_CONTEXT = 'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'
export const VC_V1_CONTEXT = 'https://www.w3.org/2018/credentials/v1'
export const VC_V2_CONTEXT = 'https://www.w3.org/ns/credentials/v2'

const Text = z.string().min(1).max(2048)
const oneOrMany = <Item extends z.ZodType>(item: Item) =>
  z
    .union([item, z.array(item).max(64)])
    .transform((value): z.output<Item>[] => (Array.isArray(value) ? value : [value]))

/** Public key of RFC 7517. A document that shows a private member is refused. */
export const PublicJwk = z
  .looseObject({
    kty: z.enum(['EC', 'OKP', 'RSA']),
    crv: z.string().max(32).optional(),
    x: z.string().max(512).optional(),
    y: z.string().max(512).optional(),
    n: z.string().max(2048).optional(),
    e: z.string().max(32).optional(),
    alg: z.string().max(32).optional(),
    use: z.string().max(32).optional(),
    kid: z.string().max(1024).optional(),
  })
  .refine(
    (jwk) => !['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'].some((member) => member in jwk),
    'holds a private key',
  )
export type PublicJwk = z.infer<typeof PublicJwk>

/** DID Core §5.2. `id` and references to it may be absolute or a bare fragment (`#key-1`). */
export const VerificationMethod = z.looseObject({
  id: Text,
  type: Text,
  controller: Text,
  publicKeyJwk: z.unknown().optional(),
})
export type VerificationMethod = z.infer<typeof VerificationMethod>

/**
 * What a node offers to peers, as named in its DID document (design §5). TrustService is an authority's folder of signed trust
 * list, rulebook and participant list.
 */
export const ServiceType = z.enum([
  'DataService',
  'CatalogService',
  'ProtocolEndpoint',
  'CredentialService',
  'IssuerService',
  'TrustService',
  'LedgerService',
  'ReceiptService',
  'ManifestService',
])
export type ServiceType = z.infer<typeof ServiceType>

/** DID Core §5.4. Only plain URLs count as endpoints; entries of other shapes are kept and ignored. */
export const ServiceEntry = z.looseObject({ id: Text, type: z.unknown(), serviceEndpoint: z.unknown() })
export type ServiceEntry = z.infer<typeof ServiceEntry>

const Relationship = z
  .array(z.union([Text, VerificationMethod]))
  .max(32)
  .optional()

/** DID Core §4, what DCP needs of it. */
export const DidDocument = z.looseObject({
  '@context': z.unknown().optional(),
  id: Did,
  verificationMethod: z.array(VerificationMethod).max(32).optional(),
  authentication: Relationship,
  assertionMethod: Relationship,
  capabilityInvocation: Relationship,
  service: z.array(ServiceEntry).max(64).optional(),
})
export type DidDocument = z.infer<typeof DidDocument>

/** What a verification method may be used for: tokens, presentations, credentials and status lists (DCP 1.0). */
export const KeyRelationship = z.enum(['capabilityInvocation', 'authentication', 'assertionMethod'])
export type KeyRelationship = z.infer<typeof KeyRelationship>

const NumericDate = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** Claims of a self-issued ID token (DCP 1.0 §4.3.1). `token` is the bearer's access token, opaque to the receiver. */
export const SelfIssuedClaims = z.looseObject({
  iss: Did,
  sub: Did,
  aud: oneOrMany(Did),
  jti: Text,
  iat: NumericDate,
  exp: NumericDate,
  nbf: NumericDate.optional(),
  token: z.string().min(1).max(8192).optional(),
  'pre-authorized_code': z.string().min(1).max(1024).optional(),
})
export type SelfIssuedClaims = z.infer<typeof SelfIssuedClaims>

const Context = z
  .array(z.union([z.string(), z.looseObject({})]))
  .max(16)
  .refine((context) => context.includes(DCP_CONTEXT), 'names no DCP 1.0 context')
const message = <Type extends string>(type: Type) => ({ '@context': Context, type: z.literal(type) })

/** DCP 1.0 §5.4.1. Exactly one of scope and presentationDefinition; the definition is not supported by this program. */
export const PresentationQueryMessage = z.looseObject({
  ...message('PresentationQueryMessage'),
  scope: z.array(Text).min(1).max(32).optional(),
  presentationDefinition: z.looseObject({}).optional(),
})
export type PresentationQueryMessage = z.infer<typeof PresentationQueryMessage>

/** DCP 1.0 §5.4.2. Items that are no JWT are presentations of a form this program does not read. */
export const PresentationResponseMessage = z.looseObject({
  ...message('PresentationResponseMessage'),
  presentation: z.array(z.union([z.string().max(262_144), z.looseObject({})])).max(8),
})
export type PresentationResponseMessage = z.infer<typeof PresentationResponseMessage>

/** Forms of a credential (DCP profiles): VC 1.1 as JWT with StatusList2021; VC 2.0 as JOSE with BitstringStatusList. */
export const CredentialProfile = z.enum(['vc11-sl2021/jwt', 'vc20-bssl/jwt'])
export type CredentialProfile = z.infer<typeof CredentialProfile>

/** DCP 1.0 §6.5.1. */
export const CredentialRequestMessage = z.looseObject({
  ...message('CredentialRequestMessage'),
  holderPid: Text,
  credentials: z
    .array(z.looseObject({ id: Text }))
    .min(1)
    .max(32),
})
export type CredentialRequestMessage = z.infer<typeof CredentialRequestMessage>

export const CredentialContainer = z.looseObject({
  credentialType: Text,
  payload: z.string().min(1).max(65_536),
  format: Text,
})
export type CredentialContainer = z.infer<typeof CredentialContainer>

/** DCP 1.0 §6.6. `holderPid` is optional there; every known peer sends it and this program requires it. */
export const CredentialMessage = z.discriminatedUnion('status', [
  z.looseObject({
    ...message('CredentialMessage'),
    issuerPid: Text,
    holderPid: Text,
    status: z.literal('ISSUED'),
    credentials: z.array(CredentialContainer).max(32),
  }),
  z.looseObject({
    ...message('CredentialMessage'),
    issuerPid: Text,
    holderPid: Text,
    status: z.literal('REJECTED'),
    rejectionReason: z.string().max(2048).optional(),
  }),
])
export type CredentialMessage = z.infer<typeof CredentialMessage>

/** DCP 1.0 §6.7.2: one kind of credential that an issuer gives. */
export const CredentialObject = z.looseObject({
  id: Text,
  type: z.literal('CredentialObject').optional(),
  credentialType: Text.optional(),
  credentialSchema: Text.optional(),
  offerReason: Text.optional(),
  bindingMethods: z.array(Text).max(16).optional(),
  profile: Text.optional(),
  issuancePolicy: z.looseObject({}).optional(),
})
export type CredentialObject = z.infer<typeof CredentialObject>

/** DCP 1.0 §6.7: an issuer tells a holder what it may request. */
export const CredentialOfferMessage = z.looseObject({
  ...message('CredentialOfferMessage'),
  issuer: Did,
  credentials: z.array(CredentialObject).min(1).max(32),
})
export type CredentialOfferMessage = z.infer<typeof CredentialOfferMessage>

/** DCP 1.0 §6.8. */
export const IssuerMetadata = z.looseObject({
  ...message('IssuerMetadata'),
  issuer: Did,
  credentialsSupported: z.array(CredentialObject).max(64),
})
export type IssuerMetadata = z.infer<typeof IssuerMetadata>

/** DCP 1.0 §6.9. */
export const CredentialRequestStatus = z.enum(['RECEIVED', 'REJECTED', 'ISSUED'])
export type CredentialRequestStatus = z.infer<typeof CredentialRequestStatus>

export const CredentialStatus = z.looseObject({
  ...message('CredentialStatus'),
  issuerPid: Text,
  holderPid: Text,
  status: CredentialRequestStatus,
})
export type CredentialStatus = z.infer<typeof CredentialStatus>

/** Where a credential's revocation or suspension is published: StatusList2021 or BitstringStatusList entry. */
export const StatusEntry = z.looseObject({
  id: z.string().max(2048).optional(),
  type: z.enum(['StatusList2021Entry', 'BitstringStatusListEntry']),
  statusPurpose: Text,
  statusListIndex: z.string().regex(/^(0|[1-9][0-9]{0,9})$/),
  statusListCredential: z.url().max(2048),
  statusSize: z.literal(1).optional(),
})
export type StatusEntry = z.infer<typeof StatusEntry>

const Issuer = z.union([Did, z.looseObject({ id: Did }).transform((issuer) => issuer.id)])
const DateTime = z.iso.datetime({ offset: true })
const credentialCommon = {
  '@context': z
    .array(z.union([z.string(), z.looseObject({})]))
    .min(1)
    .max(16),
  id: z.string().max(2048).optional(),
  type: oneOrMany(Text),
  issuer: Issuer,
  credentialSubject: oneOrMany(z.looseObject({ id: z.unknown().optional() })),
  credentialStatus: oneOrMany(z.unknown()).optional(),
  credentialSchema: oneOrMany(z.looseObject({ id: Text })).optional(),
}

/** Verifiable Credentials Data Model 1.1: the `vc` claim of a JWT. */
export const CredentialV1 = z.looseObject({
  ...credentialCommon,
  issuanceDate: DateTime,
  expirationDate: DateTime.optional(),
})
export type CredentialV1 = z.infer<typeof CredentialV1>

/** Verifiable Credentials Data Model 2.0: the payload of a `vc+jwt`. */
export const CredentialV2 = z.looseObject({
  ...credentialCommon,
  validFrom: DateTime.optional(),
  validUntil: DateTime.optional(),
})
export type CredentialV2 = z.infer<typeof CredentialV2>

/** Why a presentation was refused; the check numbers are those of docs/spec/identity.md. */
export const PresentationFault = z.enum([
  'vp.malformed',
  'vp.empty',
  'vp.too_large',
  'vp.holder_mismatch',
  'vp.key',
  'vp.signature',
  'vp.audience',
  'vp.time',
  'vp.replay',
  'vc.malformed',
  'vc.issuer_key',
  'vc.signature',
  'vc.claim_mismatch',
  'vc.model',
  'vc.type',
  'vc.issuer_untrusted',
  'vc.not_yet_valid',
  'vc.expired',
  'vc.subject',
  'vc.status_unsupported',
  'vc.status_unavailable',
  'vc.status_invalid',
  'vc.status_revoked',
  'vc.status_suspended',
  'vc.schema',
  'vc.missing',
])
export type PresentationFault = z.infer<typeof PresentationFault>

/** A credential after every check passed. */
export const VerifiedCredential = z.object({
  type: z.string(),
  issuer: Did,
  subject: z.record(z.string(), z.unknown()),
  validUntil: Instant,
})
export type VerifiedCredential = z.infer<typeof VerifiedCredential>
