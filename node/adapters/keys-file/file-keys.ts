import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JWK } from 'jose'
import type { KeyUse, Keys } from '../../ports/keys.ts'
import { type NodeKey, readNodeKey, writeNodeKey } from './node-key.ts'

const uses: readonly KeyUse[] = ['identity', 'statement', 'log']
const fileOf = (use: KeyUse) => `${use}.key`
const contextOf = (use: KeyUse) => `signing-key/${use}`

/** Creates the node key and one signing key for each use, sealed under the node key. */
export async function createFileKeys(nodeKeyFile: string, folder: string): Promise<void> {
  await writeNodeKey(nodeKeyFile)
  const nodeKey = readNodeKey(nodeKeyFile)
  for (const use of uses) {
    const { privateKey } =
      use === 'identity' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
    const der = privateKey.export({ type: 'pkcs8', format: 'der' })
    await writeFile(join(folder, fileOf(use)), nodeKey.seal(contextOf(use), der), { mode: 0o600, flag: 'wx' })
  }
}

/** Opens the keys of a node. */
export async function openFileKeys(nodeKeyFile: string, folder: string): Promise<Keys> {
  const nodeKey = readNodeKey(nodeKeyFile)
  const privateKeys = new Map<KeyUse, KeyObject>()
  for (const use of uses) privateKeys.set(use, await readSigningKey(nodeKey, { folder, use }))
  const keyOf = (use: KeyUse): KeyObject => {
    const key = privateKeys.get(use)
    if (key === undefined) throw new Error(`no key for ${use}`)
    return key
  }
  return {
    sign: async (use, message) =>
      use === 'identity'
        ? sign('sha256', message, { key: keyOf(use), dsaEncoding: 'ieee-p1363' })
        : sign(null, message, keyOf(use)),
    publicJwk: async (use): Promise<JWK> => ({ ...createPublicKey(keyOf(use)).export({ format: 'jwk' }) }),
    seal: async (context, plaintext) => nodeKey.seal(context, plaintext),
    open: async (context, sealed) => nodeKey.open(context, sealed),
    derive: async (context) => nodeKey.derive(context),
  }
}

async function readSigningKey(nodeKey: NodeKey, { folder, use }: { folder: string; use: KeyUse }): Promise<KeyObject> {
  const sealed = await readFile(join(folder, fileOf(use)))
  return createPrivateKey({ key: Buffer.from(nodeKey.open(contextOf(use), sealed)), type: 'pkcs8', format: 'der' })
}
