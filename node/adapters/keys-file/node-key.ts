import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Refused, refuse } from '../../../protocol/refusal.ts'

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Symmetric key of a node; everything it keeps secret at rest is sealed under keys derived from it. */
export interface NodeKey {
  seal(context: string, plaintext: Uint8Array): Uint8Array
  open(context: string, sealed: Uint8Array): Uint8Array
  derive(context: string): Uint8Array
}

/** Writes a new node key of mode 0600; refuses to replace one. */
export async function writeNodeKey(file: string): Promise<void> {
  await writeFile(file, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
}

/** Reads the node key; refuses a file that others may read. */
export function readNodeKey(file: string): NodeKey {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) {
    refuse('node-not-initialised', 'the node key file does not exist', 'Run tanemaki node init, or correct keyFile.')
  }
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    refuse(
      'setting-invalid',
      'the node key file can be read by others',
      'Run chmod 600 on it, and think of it as leaked.',
    )
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
  if (key.length !== keyBytes) {
    refuse('setting-invalid', 'the node key file does not hold a node key', 'Restore it from your backup.')
  }
  return nodeKeyOf(key)
}

function nodeKeyOf(key: Buffer): NodeKey {
  const derive = (context: string) => new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), context, keyBytes))
  const sealKey = derive('tanemaki/seal/v1')
  return {
    derive: (context) => derive(`tanemaki/derive/v1/${context}`),
    seal: (context, plaintext) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(context))
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    },
    open: (context, sealed) => {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < nonceBytes + tagBytes) throw unopened(context)
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(bytes.length - tagBytes))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()])
      } catch (cause) {
        throw unopened(context, cause)
      }
    },
  }
}

function unopened(context: string, cause?: unknown): Refused {
  return new Refused(
    {
      code: 'internal',
      detail: `sealed content (${context}) does not open with this node key`,
      hint: 'The file was changed, or the node key is not the one it was sealed with: restore both from one backup.',
    },
    { cause },
  )
}
