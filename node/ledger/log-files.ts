import { equalBytes, type HashFunction } from '../../protocol/canonical/hash.ts'
import { foldNodes, inclusionNodes, type NodeId } from '../../protocol/canonical/merkle.ts'
import {
  ENTRIES,
  foldTile,
  type LogFile,
  parseBundle,
  parseTilePath,
  partialsFolder,
  tileInSize,
  tileOfNode,
  tilePath,
  type TileId,
  type TreeEdge,
} from '../../protocol/ledger/tiles.ts'
import { type Blobs, BlobMissing } from '../ports/blobs.ts'

/** Folder of the log in the node's blobs: plain c2sp.org/tlog-tiles, readable by anyone's tools. */
export const LOG_FOLDER = 'ledger'
const CHECKPOINT = `${LOG_FOLDER}/checkpoint`

/** What is on disk belongs to another history than what is to be written or read. */
export class LogFilesDiffer extends Error {
  constructor(path: string) {
    super(`the log file ${path} is missing or has other content than the tree demands`)
    this.name = 'LogFilesDiffer'
  }
}

export interface LogFiles {
  checkpoint(): Promise<string | undefined>
  /** Writes tiles and bundles, then the checkpoint, then removes partial tiles that became full. Idempotent. Throws LogFilesDiffer. */
  publish(files: readonly LogFile[], checkpoint: string): Promise<void>
  /** Right edge of the tree of this size. Throws LogFilesDiffer. */
  edge(size: number): Promise<TreeEdge>
  /** Inclusion proof of a leaf in the tree of this size. */
  inclusion(index: number, size: number): Promise<Uint8Array[]>
  /** A tile or bundle as stored, or cut from the wider one that replaced it. */
  tile(tile: TileId): Promise<Uint8Array | undefined>
}

export function createLogFiles(blobs: Blobs, hash: HashFunction): LogFiles {
  const read = async (path: string) => readOptional(blobs, `${LOG_FOLDER}/${path}`)
  const tile = async (id: TileId) =>
    (await read(tilePath(id))) ?? cutFull(id, await read(tilePath({ ...id, width: 256 })))
  const requireTile = async (id: TileId) => {
    const bytes = await tile(id)
    if (bytes === undefined) throw new LogFilesDiffer(tilePath(id))
    return bytes
  }
  return {
    tile,
    checkpoint: async () => {
      const bytes = await readOptional(blobs, CHECKPOINT)
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
    publish: async (files, checkpoint) => {
      for (const file of files) await writeOnce(blobs, file)
      await blobs.write(CHECKPOINT, new TextEncoder().encode(checkpoint))
      for (const { path } of files) {
        const id = parseTilePath(path)
        if (id?.width === 256) await blobs.remove(`${LOG_FOLDER}/${partialsFolder(id.level, id.index)}`)
      }
    },
    edge: async (size) => readEdge(size, requireTile),
    inclusion: async (index, size) => {
      const groups = inclusionNodes(index, size)
      const nodes = new Map<string, Uint8Array>()
      for (const node of groups.flat()) {
        const slice = tileOfNode(node)
        const id = tileInSize(slice.level, slice.index, size)
        const value = id === undefined ? undefined : foldTile(await requireTile(id), slice, hash)
        if (value === undefined) throw new LogFilesDiffer(`tile/${slice.level}`)
        nodes.set(nodeName(node), value)
      }
      return foldNodes(groups, (node) => nodes.get(nodeName(node)) ?? new Uint8Array(0), hash)
    },
  }
}

const nodeName = ({ level, index }: NodeId) => `${level}/${index}`

/** The first entries or hashes of a full tile. */
function cutFull({ level, width }: TileId, full: Uint8Array | undefined): Uint8Array | undefined {
  if (full === undefined || level !== ENTRIES) return full?.slice(0, width * 32)
  let at = 0
  for (let entry = 0; entry < width; entry += 1) at += 2 + (full[at] ?? 0) * 256 + (full[at + 1] ?? 0)
  return full.slice(0, at)
}

async function readEdge(size: number, requireTile: (id: TileId) => Promise<Uint8Array>): Promise<TreeEdge> {
  const hashes: Uint8Array[][] = []
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / 256)) {
    const id = count % 256 === 0 ? undefined : tileInSize(level, Math.floor(count / 256), size)
    const bytes = id === undefined ? new Uint8Array(0) : await requireTile(id)
    hashes.push(Array.from({ length: count % 256 }, (_, at) => bytes.slice(at * 32, at * 32 + 32)))
  }
  const bundle = size % 256 === 0 ? undefined : tileInSize(ENTRIES, Math.floor(size / 256), size)
  if (bundle === undefined) return { size, hashes, entries: [] }
  const entries = parseBundle(await requireTile(bundle), bundle.width)
  if (entries === undefined) throw new LogFilesDiffer(tilePath(bundle))
  return { size, hashes, entries }
}

async function writeOnce(blobs: Blobs, { path, bytes }: LogFile): Promise<void> {
  const target = `${LOG_FOLDER}/${path}`
  const existing = await readOptional(blobs, target)
  if (existing === undefined) await blobs.write(target, bytes)
  else if (!equalBytes(existing, bytes)) throw new LogFilesDiffer(path)
}

async function readOptional(blobs: Blobs, path: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.read(path)
  } catch (error) {
    if (error instanceof BlobMissing) return undefined
    throw error
  }
}
