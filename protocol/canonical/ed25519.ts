import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes } from './hash.ts'

/** Judges an Ed25519 signature (64 bytes) over a message under a public key (32 bytes). */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/**
 * Strict Ed25519, the one rule by which signatures of this project are valid, so that no two auditors can disagree:
 * A and R are canonical encodings (RFC 8032 §5.1.3), neither is of small order, S < L, and the encoding of [S]B − [k]A is
 * byte for byte R (the cofactorless equation). Whatever passes here passes in OpenSSL, Go and every RFC 8032 verifier.
 */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const encodedR = signature.slice(0, 32)
  const a = strictPoint(publicKey)
  const s = littleEndian(signature.subarray(32))
  if (a === undefined || strictPoint(encodedR) === undefined || s >= GROUP_ORDER) return false
  const k = littleEndian(sha512(concatBytes(encodedR, publicKey, message))) % GROUP_ORDER
  const expected = ed25519.Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  return equalBytes(expected.toBytes(), encodedR)
}

/** Whether a public key may be registered: canonical encoding of a point that is not of small order. */
export function isStrictEd25519Key(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && strictPoint(publicKey) !== undefined
}

function strictPoint(encoded: Uint8Array) {
  try {
    const point = ed25519.Point.fromBytes(Uint8Array.from(encoded), false)
    return point.isSmallOrder() ? undefined : point
  } catch {
    return undefined
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
}
