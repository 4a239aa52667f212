import * as z from 'zod'
import { ControlledRelease, DocumentRef, License, ManifestId, Provenance, Resource, Version } from './datasets.ts'
import { Did, Instant, Iri, Sha256, Slug } from './ids.ts'

export const MANIFEST_PREDICATE_TYPE = 'urn:tanemaki:predicate:dataset-manifest:v1'
export const WITHDRAWAL_PREDICATE_TYPE = 'urn:tanemaki:predicate:dataset-withdrawal:v1'
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
/** DSSE payload type of every in-toto statement. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json'

const Subjects = z
  .array(z.looseObject({ name: z.string(), digest: z.looseObject({ sha256: Sha256 }) }))
  .min(1)
  .max(1)

/** Predicate of a dataset manifest; docs/spec/manifest.md. */
export const ManifestPredicate = z.looseObject({
  datasetId: Iri,
  name: Slug,
  version: Version,
  issued: Instant,
  issuer: Did,
  serialization: z.looseObject({
    method: z.literal('rfc6962-resources'),
    hash: z.literal('sha256'),
    order: z.literal('utf8-bytes'),
  }),
  resources: z.array(Resource).min(1).max(10_000),
  description: z.looseObject({
    croissant: DocumentRef.extend({ conformsTo: z.array(z.string()) }),
  }),
  policy: z.looseObject({
    offers: z
      .array(z.looseObject({ uid: Iri, sha256: Sha256 }))
      .min(1)
      .max(64),
    license: License,
  }),
  provenance: Provenance,
  reports: z.looseObject({
    evaluation: z.looseObject({
      verdict: z.enum(['pass', 'insufficient-evidence']),
      rulebookVersion: z.string(),
      public: DocumentRef,
      full: z.looseObject({ sha256: Sha256 }),
    }),
  }),
  /** With the verdict `insufficient-evidence`, and only then. */
  release: ControlledRelease.optional(),
  supersedes: ManifestId.optional(),
  /** Origin of the log that holds the manifest's leaf. */
  log: z.string(),
})
export type ManifestPredicate = z.infer<typeof ManifestPredicate>

export const ManifestStatement = z.looseObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: Subjects,
  predicateType: z.literal(MANIFEST_PREDICATE_TYPE),
  predicate: ManifestPredicate,
})
export type ManifestStatement = z.infer<typeof ManifestStatement>

/** new-agreements: running agreements keep their word. all-use: the provider asks holders to stop as their agreement says. */
export const WithdrawalScope = z.enum(['new-agreements', 'all-use'])
export type WithdrawalScope = z.infer<typeof WithdrawalScope>

export const WithdrawalPredicate = z.looseObject({
  datasetId: Iri,
  manifestId: ManifestId,
  issuer: Did,
  effective: Instant,
  scope: WithdrawalScope,
  reason: z.string().max(2000),
  log: z.string(),
})
export type WithdrawalPredicate = z.infer<typeof WithdrawalPredicate>

export const WithdrawalStatement = z.looseObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: Subjects,
  predicateType: z.literal(WITHDRAWAL_PREDICATE_TYPE),
  predicate: WithdrawalPredicate,
})
export type WithdrawalStatement = z.infer<typeof WithdrawalStatement>
