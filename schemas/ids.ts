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

/** Identifier of a protocol process, offer, agreement or dataset: any non-empty IRI-like string a peer may choose. */
export const Iri = z.string().min(1).max(2048)
export type Iri = z.infer<typeof Iri>
