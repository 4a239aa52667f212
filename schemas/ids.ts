import * as z from 'zod'

/** Decentralized identifier of a participant, compared byte for byte. Only did:web is resolved (DID Core §3.1). */
export const Did = z
  .string()
  .max(512)
  .regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/, 'not a DID')
  .brand<'Did'>()
export type Did = z.infer<typeof Did>

/** SHA-256 digest, 64 lower-case hexadecimal characters. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not a lower-case hexadecimal SHA-256')
  .brand<'Sha256'>()
export type Sha256 = z.infer<typeof Sha256>

/** Instant in UTC as `Date.prototype.toISOString` writes it: `2026-11-22T10:00:00.000Z`. */
export const Instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, 'not an instant in UTC with milliseconds')
  .brand<'Instant'>()
export type Instant = z.infer<typeof Instant>

/** Name that a person gives to a seed set, recipe or dataset; part of file names and URLs. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'use lower-case letters, digits and hyphens, at most 64')
export type Slug = z.infer<typeof Slug>

/** No control characters, no other line breaks, no changes of writing direction: for what others chose and people will read. */
export const ONE_LINE = /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u

/** Identifier of a protocol process, offer, agreement or dataset: any IRI-like string of one line that a peer may choose. */
export const Iri = z.string().min(1).max(2048).regex(ONE_LINE, 'holds control characters')
export type Iri = z.infer<typeof Iri>

/**
 * Name of a participant of a data space (DSP 2025-1: `participantId`): its DID, or, for a connector that is known to this node by a
 * peer profile alone, whatever it calls itself.
 */
export const ParticipantId = z.string().min(1).max(2048).regex(ONE_LINE, 'holds control characters')
export type ParticipantId = z.infer<typeof ParticipantId>

export function isDid(id: ParticipantId): id is Did {
  return Did.safeParse(id).success
}

/** Identifier of one version of a dataset in every protocol: `urn:uuid:…`, or an IRI that its publisher has chosen. */
export const DatasetId = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/, 'not an IRI of ASCII characters')
  .brand<'DatasetId'>()
export type DatasetId = z.infer<typeof DatasetId>
