/** Hash functions that the caller brings, because every row passes through them (node:crypto is some ten times faster). */
export interface RowHashing {
  sha256(bytes: Uint8Array): Uint8Array
  /** HMAC-SHA-256 (RFC 2104). */
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array
}

/** A row as the seed set keeps it: one text per column in schema order, null where the value is missing. */
export type SeedRow = readonly (string | null)[]

const encoder = new TextEncoder()
const ROW_DOMAIN = encoder.encode('urn:tanemaki:seed-row:v1\0')
const SECRET_DOMAIN = encoder.encode('urn:tanemaki:seed-secret:v1\0')

/** Bytes of a row that are committed to: its JSON array (RFC 8785; texts and null only), in UTF-8. */
export function canonicalRow(row: SeedRow): Uint8Array {
  return encoder.encode(JSON.stringify(row))
}

/**
 * Salted commitment to one row: SHA-256(domain ‖ salt ‖ canonical row), salt = HMAC-SHA-256(secret, index as u64 big-endian).
 * One 32-byte secret per seed set opens every row to an auditor, and its removal closes all of them for ever:
 * without it a commitment to a row of few possible values cannot be tried out.
 */
export function rowCommitment(
  row: SeedRow,
  place: { readonly secret: Uint8Array; readonly index: number },
  hashing: RowHashing,
): Uint8Array {
  return hashing.sha256(joined(ROW_DOMAIN, rowSalt(place.secret, place.index, hashing), canonicalRow(row)))
}

/** The 32-byte salt of the row at `index` (0 is the first kept row). */
export function rowSalt(secret: Uint8Array, index: number, hashing: RowHashing): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(index))
  return hashing.hmac(secret, bytes)
}

/** Commitment to a 32-byte secret under a name, so that a later opening cannot choose another one. */
export function secretCommitment(name: string, secret: Uint8Array, hashing: RowHashing): Uint8Array {
  return hashing.sha256(joined(SECRET_DOMAIN, encoder.encode(`${name}\0`), secret))
}

/** Merkle tree of RFC 6962 §2.1 over row commitments that arrive one by one; memory grows with the logarithm of the rows. */
export class CommitmentTree {
  readonly #hashing: RowHashing
  readonly #peaks: { height: number; hash: Uint8Array }[] = []
  #size = 0

  constructor(hashing: RowHashing) {
    this.#hashing = hashing
  }

  get size(): number {
    return this.#size
  }

  append(commitment: Uint8Array): void {
    let peak = { height: 0, hash: this.#hashing.sha256(joined(new Uint8Array([0]), commitment)) }
    for (let left = this.#peaks.at(-1); left?.height === peak.height; left = this.#peaks.at(-1)) {
      this.#peaks.pop()
      peak = { height: peak.height + 1, hash: this.#node(left.hash, peak.hash) }
    }
    this.#peaks.push(peak)
    this.#size += 1
  }

  /** Root over what was appended so far; SHA-256 of nothing for the empty tree. */
  root(): Uint8Array {
    const last = this.#peaks.at(-1)
    if (last === undefined) return this.#hashing.sha256(new Uint8Array())
    return this.#peaks.slice(0, -1).reduceRight((right, left) => this.#node(left.hash, right), last.hash)
  }

  #node(left: Uint8Array, right: Uint8Array): Uint8Array {
    return this.#hashing.sha256(joined(new Uint8Array([1]), left, right))
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
