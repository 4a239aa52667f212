import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { Refused, refuse } from '../../../protocol/refusal.ts'
import { systemRandom } from '../system/system-random.ts'
import type { KeyUse, Keys } from '../../ports/keys.ts'
import { openSealed, sealBytes } from './envelope.ts'
import { readSecretFile, writeSecretFile } from './secret-file.ts'

const signingKeysFile = 'signing-keys.sealed'
const signingKeysContext = 'urn:tanemaki:signing-keys:v1'
const nodeKeyBytes = 32
const nodeKeyText = /^[A-Za-z0-9_-]{43}\n?$/

const StoredKey = z.looseObject({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() })
const StoredKeys = z.strictObject({ identity: StoredKey, statement: StoredKey, log: StoredKey })

/**
 * Creates a node key at `nodeKeyPath` (or uses the one that an operator put there) and new signing keys, sealed under it, in
 * `dataDir`. Nothing that exists is replaced.
 */
export async function createFileKeys(nodeKeyPath: string, dataDir: string): Promise<void> {
  const nodeKey = (await readNodeKey(nodeKeyPath)) ?? (await createNodeKey(nodeKeyPath))
  const keys = {
    identity: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    statement: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
    log: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  }
  const sealed = sealBytes(keyFor(nodeKey), {
    context: signingKeysContext,
    plaintext: Buffer.from(JSON.stringify(keys)),
  })
  await writeSecretFile(join(dataDir, signingKeysFile), sealed)
}

/** Opens the keys of a node. Refuses a node key file that others than its owner may read. */
export async function openFileKeys(nodeKeyPath: string, dataDir: string): Promise<Keys> {
  const nodeKey =
    (await readNodeKey(nodeKeyPath)) ??
    refuse(
      'node-not-initialised',
      'the node key file is missing',
      'Restore the file from your backup; without it nothing sealed can be read.',
    )
  const signingKeys = await openSigningKeys(nodeKey, dataDir)
  const keyOf = keyFor(nodeKey)
  return {
    sign: async (use, message) => new Uint8Array(signWith(signingKeys[use], message)),
    publicJwk: async (use) => ({ ...createPublicKey(signingKeys[use]).export({ format: 'jwk' }) }),
    seal: async (context, plaintext) => sealBytes(keyOf, { context, plaintext }),
    open: async (context, sealed) => openSealed(keyOf, { context, sealed }),
    derive: async (context) => expand(nodeKey, `tanemaki/derive/v1/${context}`),
  }
}

function signWith(key: KeyObject, message: Uint8Array): Buffer {
  return key.asymmetricKeyType === 'ec'
    ? sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
    : sign(null, message, key)
}

function expand(nodeKey: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', nodeKey, new Uint8Array(0), info, 32))
}

/** One sealing key per context, so that random nonces never run out for any of them. */
function keyFor(nodeKey: Uint8Array): (context: string) => Uint8Array {
  return (context) => expand(nodeKey, `tanemaki/seal/v1/${context}`)
}

async function openSigningKeys(nodeKey: Uint8Array, dataDir: string): Promise<Record<KeyUse, KeyObject>> {
  const sealed = await readFile(join(dataDir, signingKeysFile)).catch((cause: unknown) => {
    throw new Refused(
      {
        code: 'node-not-initialised',
        detail: `there is no readable ${signingKeysFile} in the data folder`,
        hint: 'Create the node with tanemaki node init, or restore the file from your backup.',
      },
      { cause },
    )
  })
  const stored = StoredKeys.parse(JSON.parse(openOrRefuse(nodeKey, sealed)))
  const read = (jwk: z.infer<typeof StoredKey>) => createPrivateKey({ key: jwk, format: 'jwk' })
  return { identity: read(stored.identity), statement: read(stored.statement), log: read(stored.log) }
}

function openOrRefuse(nodeKey: Uint8Array, sealed: Uint8Array): string {
  try {
    return new TextDecoder().decode(openSealed(keyFor(nodeKey), { context: signingKeysContext, sealed }))
  } catch (cause) {
    throw new Refused(
      {
        code: 'setting-invalid',
        detail: `the node key does not open ${signingKeysFile}`,
        hint: 'Set keyFile to the node key that this data folder was created with.',
      },
      { cause },
    )
  }
}

async function readNodeKey(path: string): Promise<Uint8Array | undefined> {
  const text = await readSecretFile(path, 'the node key file')
  if (text === undefined) return undefined
  if (!nodeKeyText.test(text)) {
    refuse(
      'setting-invalid',
      'the node key file is not 32 bytes in base64url',
      'Restore the file, or create one with tanemaki node init.',
    )
  }
  return new Uint8Array(Buffer.from(text.trim(), 'base64url'))
}

async function createNodeKey(path: string): Promise<Uint8Array> {
  const key = systemRandom.bytes(nodeKeyBytes)
  await writeSecretFile(path, Buffer.from(`${Buffer.from(key).toString('base64url')}\n`))
  return key
}
