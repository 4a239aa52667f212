import { hkdfSync } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { keysContract } from '../../../test/contract/keys.ts'
import { createFileKeys, openFileKeys } from './file-keys.ts'

const root = mkdtempSync(join(tmpdir(), 'tanemaki-keys-'))
let count = 0
const folder = () => join(root, String((count += 1)))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function fresh() {
  const dir = folder()
  await createFileKeys(join(dir, 'node.key'), dir)
  return { dir, path: join(dir, 'node.key') }
}

const openFresh = async () => {
  const { dir, path } = await fresh()
  return openFileKeys(path, dir)
}

keysContract(openFresh, openFresh)

describe('keys in files', () => {
  it('are the same after the node is opened again', async () => {
    const { dir, path } = await fresh()
    const [first, second] = [await openFileKeys(path, dir), await openFileKeys(path, dir)]
    expect(await second.publicJwk('identity')).toEqual(await first.publicJwk('identity'))
    const sealed = await first.seal('c', new Uint8Array([1, 2]))
    expect(await second.open('c', sealed)).toEqual(new Uint8Array([1, 2]))
  })

  it('lie in files that only their owner may touch, and leave no draft behind', async () => {
    const { dir } = await fresh()
    expect(readdirSync(dir).sort()).toEqual(['node.key', 'signing-keys.sealed'])
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  })

  it('keep no private key readable without the node key', async () => {
    const { dir } = await fresh()
    expect(readFileSync(join(dir, 'signing-keys.sealed')).toString('latin1')).not.toMatch(/"d"|kty/)
  })

  it.each([0o640, 0o604, 0o660, 0o644, 0o610])('are refused when the node key file has mode %o', async (mode) => {
    const { dir, path } = await fresh()
    chmodSync(path, mode)
    await expect(openFileKeys(path, dir)).rejects.toThrow('setting-invalid')
  })

  it('are refused when the node key file is a symbolic link', async () => {
    const { dir, path } = await fresh()
    const elsewhere = join(dir, 'link.key')
    symlinkSync(path, elsewhere)
    await expect(openFileKeys(elsewhere, dir)).rejects.toThrow('setting-invalid')
  })

  it('are refused when the node key is missing, cut short, or of another node', async () => {
    const [one, two] = [await fresh(), await fresh()]
    await expect(openFileKeys(join(one.dir, 'absent'), one.dir)).rejects.toThrow('node-not-initialised')
    await expect(openFileKeys(two.path, one.dir)).rejects.toThrow('setting-invalid')
    writeFileSync(one.path, 'short', { mode: 0o600 })
    await expect(openFileKeys(one.path, one.dir)).rejects.toThrow('setting-invalid')
  })

  it('use the node key that an operator put there, and derive from it as documented', async () => {
    const dir = folder()
    mkdirSync(dir)
    writeFileSync(join(dir, 'node.key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })
    await createFileKeys(join(dir, 'node.key'), dir)
    const keys = await openFileKeys(join(dir, 'node.key'), dir)
    const expected = hkdfSync('sha256', Buffer.alloc(32, 7), Buffer.alloc(0), 'tanemaki/derive/v1/salt', 32)
    expect(await keys.derive('salt')).toEqual(new Uint8Array(expected))
  })

  it('are never replaced', async () => {
    const { dir, path } = await fresh()
    const before = readFileSync(path, 'utf8')
    await expect(createFileKeys(path, dir)).rejects.toThrow('EEXIST')
    expect(readFileSync(path, 'utf8')).toBe(before)
  })
})
