import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { Sha256 } from '../../schemas/ids.ts'

/** SHA-256 of the given bytes, 32 bytes. Injected where bytes are many; `sha256` is the default everywhere else. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array

export const sha256: HashFunction = (bytes) => nobleSha256(bytes)

/** SHA-256 as 64 lower-case hexadecimal characters. */
export function sha256Hex(bytes: Uint8Array, hash: HashFunction = sha256): Sha256 {
  return Sha256.parse(bytesToHex(hash(bytes)))
}

/** A 32-byte digest as 64 lower-case hexadecimal characters. */
export function digestHex(digest: Uint8Array): Sha256 {
  return Sha256.parse(bytesToHex(digest))
}

export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes)
}

/** Throws when the text is not an even number of hexadecimal characters. */
export function fromHex(text: string): Uint8Array {
  return hexToBytes(text)
}

/** RFC 4648 §4 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}

/** RFC 4648 §4 with padding, in its one canonical form; undefined for anything else. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at)
  // Only the bits that the last group leaves over can make a second form.
  const lastGroup = bytes.subarray(Math.max(0, bytes.length - (bytes.length % 3 || 3)))
  return toBase64(lastGroup) === text.slice(-4) ? bytes : undefined
}

/** RFC 4648 §5 without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** RFC 4648 §5 without padding, in its one canonical form; undefined for anything else. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  const padding = '='.repeat((4 - (text.length % 4)) % 4)
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding)
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Equal length and content. Not constant time: for public values. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
