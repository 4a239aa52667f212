import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededBytes } from '../../../test/seeded-bytes.ts'
import type { ChunkedFile } from '../../ports/chunk-reader.ts'
import { nativeLeafHash } from '../tabular/native-hash.ts'
import { chunkReader } from './chunk-reader.ts'

const CHUNK = 16_384
const bytes = Buffer.from(seededBytes(7)(5 * CHUNK + 100))

describe('the reader of own files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-chunks-'))
  const path = join(folder, 'file')
  let file: ChunkedFile
  beforeAll(() => {
    const leaves = Array.from({ length: 6 }, (_, index) =>
      nativeLeafHash(bytes.subarray(index * CHUNK, (index + 1) * CHUNK)),
    )
    file = { path, size: bytes.length, chunk: CHUNK, leaves: Buffer.concat(leaves) }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const gather = async (start: number, end: number) => {
    const parts: Uint8Array[] = []
    for await (const part of chunkReader.read(file, { start, end })) parts.push(part)
    return Buffer.concat(parts)
  }

  it('gives the whole file, parts of it and their digests', async () => {
    writeFileSync(path, bytes)
    expect((await gather(0, bytes.length)).equals(bytes)).toBe(true)
    expect((await gather(2 * CHUNK, 4 * CHUNK)).equals(bytes.subarray(2 * CHUNK, 4 * CHUNK))).toBe(true)
    expect(await gather(0, 0)).toHaveLength(0)
    const range = { start: 4 * CHUNK, end: bytes.length }
    const expected = createHash('sha256').update(bytes.subarray(range.start)).digest('hex')
    expect(await chunkReader.digest(file, range)).toBe(expected)
  })

  it('gives out no byte of a chunk that is not the signed one, nor of a file that was cut', async () => {
    const changed = Buffer.from(bytes)
    changed[3 * CHUNK + 5] = (changed[3 * CHUNK + 5] ?? 0) ^ 1
    writeFileSync(path, changed)
    const given: Uint8Array[] = []
    const reading = async () => {
      for await (const part of chunkReader.read(file, { start: 0, end: bytes.length })) given.push(part)
    }
    await expect(reading()).rejects.toMatchObject({ name: 'WrongChunk', chunk: 3 })
    expect(given).toHaveLength(3)
    writeFileSync(path, bytes)
    truncateSync(path, bytes.length - 1)
    await expect(chunkReader.digest(file, { start: 0, end: bytes.length })).rejects.toMatchObject({ chunk: 5 })
  })
})
