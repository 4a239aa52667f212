import { type Blobs, BlobMissing } from '../../node/ports/blobs.ts'

/** Blobs in memory: a write is seen whole or not at all, and survives the crash of its node. */
export function memoryBlobs(files: Map<string, Uint8Array>): Blobs {
  const under = (folder: string) => [...files.keys()].filter((path) => path === folder || path.startsWith(`${folder}/`))
  const read = (path: string) => {
    const content = files.get(path)
    if (content === undefined) throw new BlobMissing(path)
    return content
  }
  return {
    write: async (path, content) => {
      const bytes = content instanceof Uint8Array ? content : Buffer.concat(await collected(content))
      files.set(path, Uint8Array.from(bytes))
      return { size: bytes.length }
    },
    read: async (path) => Uint8Array.from(read(path)),
    stream: async function* (path, range) {
      const content = read(path)
      yield content.slice(range?.start ?? 0, range?.end ?? content.length)
    },
    stat: async (path) => {
      const content = files.get(path)
      return content === undefined ? undefined : { size: content.length }
    },
    list: async (folder) => under(folder).sort(),
    remove: async (path) => {
      for (const file of under(path)) files.delete(file)
    },
    move: async (from, to) => {
      if (under(to).length > 0) throw new Error(`there is something at ${to}`)
      for (const file of under(from)) {
        files.set(to + file.slice(from.length), read(file))
        files.delete(file)
      }
    },
    localPath: (path) => `/nowhere/${path}`,
  }
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}
