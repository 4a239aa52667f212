import { createCipheriv, createDecipheriv } from 'node:crypto'
import { systemRandom } from '../system/system-random.ts'

const nonceBytes = 12
const tagBytes = 16

/** nonce (12) ‖ ciphertext ‖ tag (16): AES-256-GCM with the context as additional data. */
export function sealBytes(
  keyOf: (context: string) => Uint8Array,
  { context, plaintext }: { context: string; plaintext: Uint8Array },
): Uint8Array {
  const nonce = systemRandom.bytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(context), nonce)
  cipher.setAAD(Buffer.from(context))
  return new Uint8Array(Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

/** Throws when bytes, context or key are not the ones sealed with. */
export function openSealed(
  keyOf: (context: string) => Uint8Array,
  { context, sealed }: { context: string; sealed: Uint8Array },
): Uint8Array {
  if (sealed.length < nonceBytes + tagBytes) throw new Error('sealed bytes are too short')
  const decipher = createDecipheriv('aes-256-gcm', keyOf(context), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const body = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes))
  return new Uint8Array(Buffer.concat([body, decipher.final()]))
}
