import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { Refused } from '../../../protocol/refusal.ts'
import { BlobMissing, type Blobs } from '../../ports/blobs.ts'

const PIECE_BYTES = 1 << 20
/** Files that a write has not finished; never listed, removed when the store is opened. */
const TEMPORARY = '.writing'

/** Blobs as files under one folder, which is created when absent. One process may have a folder open. */
export async function openBlobs(root: string): Promise<Blobs> {
  const base = resolve(root)
  await mkdir(base, { recursive: true })
  await rm(join(base, TEMPORARY), { recursive: true, force: true })
  await mkdir(join(base, TEMPORARY))
  let counter = 0

  const write: Blobs['write'] = async (path, content) => {
    const target = locate(base, path)
    const temporary = join(base, TEMPORARY, String((counter += 1)))
    try {
      const size = await writeSynced(temporary, content)
      await makeFolder(base, dirname(target))
      await rename(temporary, target)
      await syncFolder(dirname(target))
      return { size }
    } catch (error) {
      await rm(temporary, { force: true })
      throw explained(error)
    }
  }

  return {
    write,
    read: (path) => readWhole(locate(base, path), path),
    stream: (path, range) => pieces({ file: locate(base, path), path, range }),
    stat: async (path) => {
      const found = await statOf(locate(base, path))
      return found?.isFile() === true ? { size: found.size } : undefined
    },
    list: (folder) => listFiles(base, locate(base, folder)),
    remove: async (path) => {
      const target = locate(base, path)
      await rm(target, { recursive: true, force: true })
      await syncFolder(dirname(target))
    },
    move: (from, to) => moveInOneStep(base, { from: locate(base, from), to: locate(base, to), path: from }),
    localPath: (path) => locate(base, path),
  }
}

/** Absolute path of a blob; throws for a path that is not relative, plain and inside the folder. */
function locate(base: string, path: string): string {
  const parts = path.split('/')
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  const foreign = isAbsolute(path) || (sep !== '/' && path.includes(sep)) || parts[0] === TEMPORARY
  if (!plain || foreign) throw new RangeError('not a relative path of plain segments')
  return join(base, ...parts)
}

async function writeSynced(file: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let size = 0
    if (content instanceof Uint8Array) {
      size = content.length
      await writeAll(handle, content)
    } else {
      for await (const piece of content) {
        await writeAll(handle, piece)
        size += piece.length
      }
    }
    await handle.sync()
    return size
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}

/** Creates missing folders from the base down, each made durable in its parent. */
async function makeFolder(base: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let at = folder; at.length >= first.length && at !== base; at = dirname(at)) await syncFolder(dirname(at))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (handle === undefined) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readWhole(file: string, path: string): Promise<Uint8Array> {
  const handle = await openExisting(file, path)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

interface PieceSource {
  readonly file: string
  readonly path: string
  readonly range: { readonly start: number; readonly end: number } | undefined
}

async function* pieces({ file, path, range }: PieceSource): AsyncGenerator<Uint8Array> {
  const handle = await openExisting(file, path)
  try {
    const end = Math.min(range?.end ?? Number.MAX_SAFE_INTEGER, (await handle.stat()).size)
    for (let at = range?.start ?? 0; at < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openExisting(file: string, path: string): Promise<FileHandle> {
  try {
    const handle = await open(file, 'r')
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTDIR')) throw explained(error)
  }
  throw new BlobMissing(path)
}

async function listFiles(base: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return []
    throw error
  })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length + 1)
        .split(sep)
        .join('/'),
    )
    .toSorted((a, b) => (a < b ? -1 : 1))
}

async function moveInOneStep(base: string, { from, to, path }: { from: string; to: string; path: string }) {
  if ((await statOf(from)) === undefined) throw new BlobMissing(path)
  if ((await statOf(to)) !== undefined) throw new RangeError('the target of a move exists')
  try {
    await makeFolder(base, dirname(to))
    await rename(from, to)
    await syncFolder(dirname(to))
    await syncFolder(dirname(from))
  } catch (error) {
    throw explained(error)
  }
}

async function statOf(file: string) {
  return stat(file).catch((error: unknown) => {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined
    throw error
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** A full disk is something a person can act on; everything else stays what it is. */
function explained(error: unknown): unknown {
  if (!isCode(error, 'ENOSPC') && !isCode(error, 'EDQUOT')) return error
  const refusal = {
    code: 'disk-full' as const,
    detail: 'the disk of the node is full; nothing was written',
    hint: 'Free space in the data folder and try again; what was complete is still there.',
  }
  return new Refused(refusal, { cause: error })
}
