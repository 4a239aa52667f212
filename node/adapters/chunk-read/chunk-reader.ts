import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { chunkRange } from '../../../protocol/datasets/chunk-ranges.ts'
import { type ChunkedFile, type ChunkedRange, type ChunkReader, WrongChunk } from '../../ports/chunk-reader.ts'
import { nativeLeafHash } from '../tabular/native-hash.ts'

export const chunkReader: ChunkReader = {
  leaves: (path) => readFile(path),
  read: verifiedChunks,
  digest: async (file, range) => {
    const hash = createHash('sha256')
    for await (const chunk of verifiedChunks(file, range)) hash.update(chunk)
    return hash.digest('hex')
  },
}

async function* verifiedChunks(file: ChunkedFile, { start, end }: ChunkedRange): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path, 'r')
  try {
    for (let index = start / file.chunk; index * file.chunk < end; index += 1) {
      const range = chunkRange(index, file.size, file.chunk)
      // A new buffer for each: the one before may still be on its way to a socket.
      const bytes = Buffer.allocUnsafeSlow(range.end - range.start)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, range.start)
      const leaf = file.leaves.subarray(index * 32, index * 32 + 32)
      if (bytesRead !== bytes.length || Buffer.compare(nativeLeafHash(bytes), leaf) !== 0) throw new WrongChunk(index)
      yield bytes
    }
  } finally {
    await handle.close()
  }
}
