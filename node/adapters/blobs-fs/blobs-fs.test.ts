import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blobsContract } from '../../../test/contract/blobs.ts'
import { openBlobs } from './blobs-fs.ts'

const folder = () => mkdtemp(join(tmpdir(), 'tanemaki-blobs-'))

blobsContract(async () => openBlobs(await folder()))

describe('blobs on files', () => {
  it('forgets writes that a crash left unfinished', async () => {
    const root = await folder()
    await openBlobs(root)
    await writeFile(join(root, '.writing', '7'), 'half')
    const blobs = await openBlobs(root)
    expect(await readdir(join(root, '.writing'))).toEqual([])
    await expect(blobs.write('.writing/a', new Uint8Array(1))).rejects.toThrow(RangeError)
  })

  it('creates files that only their owner can read', async () => {
    const root = await folder()
    const blobs = await openBlobs(root)
    await blobs.write('a', new Uint8Array(1))
    const { stat } = await import('node:fs/promises')
    expect((await stat(blobs.localPath('a'))).mode & 0o777).toBe(0o600)
  })

  it('says disk-full when the device has no space left', async () => {
    const blobs = await openBlobs(await folder())
    async function* full() {
      yield new Uint8Array(1)
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    }
    await expect(blobs.write('a', full())).rejects.toMatchObject({ refusal: { code: 'disk-full' } })
    expect(await blobs.stat('a')).toBeUndefined()
  })
})
