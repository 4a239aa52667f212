import type { SeedFormat, SeedUpload } from '../../schemas/seeds.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Keys } from '../ports/keys.ts'
import type { Random } from '../ports/random.ts'
import type { ByteSource } from '../ports/records.ts'

const CHUNK = 1 << 22
const FOLDER = 'seeds-uploads'

/** Files on their way in: they lie on disk as sealed chunks only, and only while this process lives. */
export interface SealedUploads {
  add(format: SeedFormat, content: AsyncIterable<Uint8Array>): Promise<SeedUpload>
  /** Refused `not-found` when there is no such upload. */
  source(uploadId: string): { readonly upload: SeedUpload; readonly bytes: ByteSource }
  remove(uploadId: string): Promise<void>
  /** Removes what an earlier process left. */
  clear(): Promise<void>
}

export function createSealedUploads({
  blobs,
  keys,
  random,
}: {
  blobs: Blobs
  keys: Keys
  random: Random
}): SealedUploads {
  const uploads = new Map<string, SeedUpload>()
  const begun = new Set<string>()
  const path = (id: string, chunk: number) => `${FOLDER}/${id}/${chunk}`
  const remove = async (id: string) => {
    uploads.delete(id)
    begun.delete(id)
    await blobs.remove(`${FOLDER}/${id}`)
  }
  return {
    add: async (format, content) => {
      const uploadId = random.uuid()
      begun.add(uploadId)
      let size = 0
      let chunk = 0
      try {
        for await (const bytes of chunked(content)) {
          await blobs.write(path(uploadId, chunk), await keys.seal(path(uploadId, chunk), bytes))
          size += bytes.length
          chunk += 1
        }
      } catch (error) {
        await remove(uploadId)
        throw error
      }
      const upload = { uploadId, size, format }
      uploads.set(uploadId, upload)
      return upload
    },
    source: (uploadId) => {
      const upload = uploads.get(uploadId)
      if (upload === undefined) return refuse('not-found', 'there is no such upload', 'Upload the file again.')
      const open = async (chunk: number) => keys.open(path(uploadId, chunk), await blobs.read(path(uploadId, chunk)))
      return { upload, bytes: sealedSource(upload.size, open) }
    },
    remove,
    clear: async () => {
      const folders = new Set((await blobs.list(FOLDER)).map((file) => file.split('/')[1] ?? ''))
      for (const id of folders) if (!begun.has(id)) await blobs.remove(`${FOLDER}/${id}`)
    },
  }
}

/** Pieces of exactly CHUNK bytes, the last one shorter. */
async function* chunked(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(CHUNK)
  let filled = 0
  for await (const piece of content) {
    for (let at = 0; at < piece.length;) {
      const taken = Math.min(CHUNK - filled, piece.length - at)
      buffer.set(piece.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < CHUNK) continue
      yield buffer
      buffer = new Uint8Array(CHUNK)
      filled = 0
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}

/** Keeps the chunk that was opened last, because readers go forward in small steps. */
function sealedSource(size: number, open: (chunk: number) => Promise<Uint8Array>): ByteSource {
  let held: { chunk: number; bytes: Promise<Uint8Array> } | undefined
  const bytesOf = (chunk: number) => {
    if (held?.chunk !== chunk) held = { chunk, bytes: open(chunk) }
    return held.bytes
  }
  return {
    size,
    slice: async (start, end) => {
      const stop = Math.min(end, size)
      const result = new Uint8Array(Math.max(0, stop - start))
      for (let at = start; at < stop;) {
        const chunk = Math.floor(at / CHUNK)
        const from = at - chunk * CHUNK
        const part = (await bytesOf(chunk)).subarray(from, Math.min(from + stop - at, CHUNK))
        result.set(part, at - start)
        at += part.length
      }
      return result
    },
  }
}
