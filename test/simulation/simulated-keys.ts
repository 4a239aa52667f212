import { createECDH, createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto'
import { openSealed, sealBytes } from '../../node/adapters/keys-file/envelope.ts'
import type { Keys, KeyUse } from '../../node/ports/keys.ts'

/** Keys that follow from the name of their node, so that a seed means the same on every machine. */
export function simulatedKeys(name: string): Keys {
  const secret = (use: string) => createHash('sha256').update(`simulated ${use} key of ${name}`).digest()
  const nodeKey = secret('node')
  const signing: Record<KeyUse, KeyObject> = {
    identity: p256(secret('identity')),
    statement: ed25519(secret('statement')),
    log: ed25519(secret('log')),
  }
  const shown = (use: KeyUse) => createPublicKey(signing[use]).export({ format: 'jwk' })
  const shownKeys = { identity: shown('identity'), statement: shown('statement'), log: shown('log') }
  const derived = (context: string) => new Uint8Array(hkdfSync('sha256', nodeKey, new Uint8Array(0), context, 32))
  const keyOf = (context: string) => derived(`seal/${context}`)
  return {
    sign: async (use, message) => new Uint8Array(signed(signing[use], message)),
    publicJwk: async (use) => ({ ...shownKeys[use] }),
    seal: async (context, plaintext) => sealBytes(keyOf, { context, plaintext }),
    open: async (context, sealed) => openSealed(keyOf, { context, sealed }),
    derive: async (context) => derived(`derive/${context}`),
  }
}

function signed(key: KeyObject, message: Uint8Array): Buffer {
  return key.asymmetricKeyType === 'ec'
    ? sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
    : sign(null, message, key)
}

function ed25519(seed: Buffer): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
}

function p256(scalar: Buffer): KeyObject {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const part = (from: number, to: number) => point.subarray(from, to).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x: part(1, 33), y: part(33, 65) }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}
