import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, writeFileSync } from 'node:fs'
import { chunkCount } from '../../../protocol/datasets/chunk-ranges.ts'
import { chunkTree, readLeafList } from '../../../protocol/datasets/chunk-tree.ts'
import type { HashedFile } from '../../ports/hash-task.ts'
import { nativeLeafHash, nativeSha256 } from './native-hash.ts'

export interface HashOptions {
  readonly chunk: number
  readonly flat: boolean
  readonly onProgress?: (bytes: number) => void
}

/** Chunk tree, and the flat digest when asked for, of a file in one pass with one buffer. Synchronous: for worker threads. */
export function hashFile(path: string, { chunk, flat, onProgress }: HashOptions): HashedFile {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(chunk)
    const leaves: Uint8Array[] = []
    const whole = flat ? createHash('sha256') : undefined
    let size = 0
    for (;;) {
      const length = fill(file, buffer, size)
      if (length === 0) break
      const piece = buffer.subarray(0, length)
      leaves.push(nativeLeafHash(piece))
      whole?.update(piece)
      size += length
      onProgress?.(length)
      if (length < chunk) break
    }
    const list = Buffer.concat(leaves)
    const read = readLeafList(list)
    if (read === undefined || read.count !== chunkCount(size, chunk))
      throw new Error('a file changed while it was hashed')
    return { size, sha256: whole?.digest('hex'), tree: chunkTree(read, chunk, nativeSha256), leaves: list }
  } finally {
    closeSync(file)
  }
}

/** Reads until the buffer is full or the file ends; the number of bytes read. */
function fill(file: number, buffer: Buffer, position: number): number {
  let length = 0
  while (length < buffer.length) {
    const read = readSync(file, buffer, length, buffer.length - length, position + length)
    if (read === 0) break
    length += read
  }
  return length
}

/** Writes a small file and makes it durable. */
export function writeSynced(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes, { mode: 0o600, flush: true })
}

/** Makes a file that others wrote durable. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
