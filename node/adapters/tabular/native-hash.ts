import { createHash, hash } from 'node:crypto'

const LEAF_PREFIX = Buffer.of(0)

/** SHA-256 in native code, for trees over many bytes. */
export function nativeSha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** Leaf hash of a chunk without copying it. */
export function nativeLeafHash(chunk: Uint8Array): Uint8Array {
  return createHash('sha256').update(LEAF_PREFIX).update(chunk).digest()
}
