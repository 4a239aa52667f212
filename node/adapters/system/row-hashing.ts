import { createHmac, hash } from 'node:crypto'
import type { RowHashing } from '../../../protocol/generation/seed-commitment.ts'

/** SHA-256 of OpenSSL, for bytes that are many. */
export const rowHashing: RowHashing = {
  sha256: (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')),
  hmac: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
}
