import { createReadStream } from 'node:fs'
import { type AsyncBuffer, asyncBufferFromFile } from 'hyparquet'
import type { ByteSource } from '../../ports/records.ts'

/** A path on this machine's disk, or bytes that the caller reads. */
export type TableFile = string | ByteSource

const READ_BYTES = 1 << 20

/** The file's bytes from the start, in pieces of at most 1 MiB. */
export async function* bytesOf(file: TableFile): AsyncGenerator<Buffer> {
  if (typeof file === 'string') {
    for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES })) {
      if (!Buffer.isBuffer(piece)) throw new TypeError('a file stream gives buffers')
      yield piece
    }
    return
  }
  for (let start = 0; start < file.size; start += READ_BYTES) {
    yield Buffer.from(await file.slice(start, Math.min(start + READ_BYTES, file.size)))
  }
}

/** The file as hyparquet reads it. */
export async function bufferOf(file: TableFile): Promise<AsyncBuffer> {
  if (typeof file === 'string') return asyncBufferFromFile(file)
  return {
    byteLength: file.size,
    slice: async (start, end) => Uint8Array.from(await file.slice(start, end ?? file.size)).buffer,
  }
}
