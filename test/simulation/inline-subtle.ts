import { createHash, createPublicKey, KeyObject, verify, type webcrypto } from 'node:crypto'
import * as z from 'zod'

const Imported = z.looseObject({ kty: z.string(), x: z.string(), y: z.string().exactOptional() })
const objects = new WeakMap<webcrypto.CryptoKey, KeyObject>()
const known = new Map<string, webcrypto.CryptoKey>()

/**
 * The part of WebCrypto that protocol/ uses, computed at once instead of on the thread pool: when an answer comes from a
 * thread, the order of two answers is a matter of luck, and a seed would not replay.
 */
const inline = {
  importKey: (format: string, jwk: unknown): Promise<webcrypto.CryptoKey> => {
    const parsed = Imported.safeParse(jwk)
    if (format !== 'jwk' || !parsed.success) return Promise.reject(new TypeError('not a public JWK'))
    const { kty, x, y } = parsed.data
    const name = `${kty} ${x} ${y ?? ''}`
    const key = known.get(name) ?? imported(parsed.data)
    known.set(name, key)
    return Promise.resolve(key)
  },
  verify: (...[, key, signature, message]: Verification): Promise<boolean> => {
    const publicKey = objects.get(key) ?? KeyObject.from(key)
    objects.set(key, publicKey)
    const digest = publicKey.asymmetricKeyType === 'ec' ? 'sha256' : null
    return Promise.resolve(verify(digest, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
  },
  digest: (algorithm: string | { name: string }, bytes: Uint8Array): Promise<ArrayBuffer> => {
    const name = typeof algorithm === 'string' ? algorithm : algorithm.name
    const digest = createHash(name.replace('-', '')).update(bytes).digest()
    return Promise.resolve(Uint8Array.from(digest).buffer)
  },
}

type Verification = [algorithm: unknown, key: webcrypto.CryptoKey, signature: Uint8Array, message: Uint8Array]

function imported(jwk: z.infer<typeof Imported>): webcrypto.CryptoKey {
  const algorithm = jwk.kty === 'EC' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' }
  return createPublicKey({ key: { ...jwk }, format: 'jwk' }).toCryptoKey(algorithm, true, ['verify'])
}

/** Replaces `crypto.subtle` until it is disposed. */
export function inlineSubtle(): Disposable {
  const refused = (_: object, name: string | symbol) => {
    throw new Error(`the simulation has no crypto.subtle.${String(name)}`)
  }
  const value = new Proxy(inline, { get: (target, name) => Reflect.get(target, name) ?? refused(target, name) })
  Object.defineProperty(globalThis.crypto, 'subtle', { value, configurable: true })
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(globalThis.crypto, 'subtle') }
}
