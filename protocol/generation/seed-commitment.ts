import { concatBytes, utf8, type HashFunction } from '../canonical/hash.ts'

/** Hash functions that the caller brings, because every row passes through them. */
export interface RowHashing {
  readonly sha256: HashFunction
  /** HMAC-SHA-256 (RFC 2104). */
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array
}

/** A row as the seed set keeps it: one text per column in schema order, null where the value is missing. */
export type SeedRow = readonly (string | null)[]

const ROW_DOMAIN = utf8('urn:tanemaki:seed-row:v1\0')
const SECRET_DOMAIN = utf8('urn:tanemaki:seed-secret:v1\0')

/** Bytes of a row that are committed to: its JSON array (RFC 8785; texts and null only), in UTF-8. */
export function canonicalRow(row: SeedRow): Uint8Array {
  return utf8(JSON.stringify(row))
}

/**
 * Salted commitment to one row: SHA-256(domain ‖ salt ‖ canonical row), salt = HMAC-SHA-256(secret, index as u64 big-endian).
 * One 32-byte secret per seed set opens every row to an auditor, and its removal closes all of them for ever:
 * without it a commitment to a row of few possible values cannot be tried out. The commitments of a seed set in order are the
 * entries of a Merkle tree (canonical/merkle.ts), whose root says nothing about their number.
 */
export function rowCommitment(
  row: SeedRow,
  place: { readonly secret: Uint8Array; readonly index: number },
  hashing: RowHashing,
): Uint8Array {
  return seedCommitmentOf(row, rowSalt(place.secret, place.index, hashing), hashing)
}

/** The same with a salt that was opened. */
export function seedCommitmentOf(row: SeedRow, salt: Uint8Array, hashing: RowHashing): Uint8Array {
  return hashing.sha256(concatBytes(ROW_DOMAIN, salt, canonicalRow(row)))
}

/** The 32-byte salt of the row at `index` (0 is the first kept row). */
export function rowSalt(secret: Uint8Array, index: number, hashing: RowHashing): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(index))
  return hashing.hmac(secret, bytes)
}

/** Commitment to a 32-byte secret under a name, so that a later opening cannot choose another one. */
export function secretCommitment(name: string, secret: Uint8Array, hashing: RowHashing): Uint8Array {
  return hashing.sha256(concatBytes(SECRET_DOMAIN, utf8(`${name}\0`), secret))
}
