import type { HashFunction } from '../canonical/hash.ts'
import { concatBytes, sha256 } from '../canonical/hash.ts'
import { foldPeaks, leafHash, type NodeId, peakNodes, treeRoot } from '../canonical/merkle.ts'

/** Paths and contents of c2sp.org/tlog-tiles, relative to the log's prefix. */

const WIDTH = 256
const MAX_ENTRY = 65_535

/** A tile: hashes [index·256, index·256 + width) of level 8·level. `level` −1 is the bundle of entries at the same place. */
export interface TileId {
  readonly level: number
  readonly index: number
  /** 1–256; below 256 the tile is partial. */
  readonly width: number
}

export const ENTRIES = -1

/** `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: TileId): string {
  const partial = width === WIDTH ? '' : `.p/${width}`
  return `${fullTilePath(level, index)}${partial}`
}

/** Folder of the partial tiles at this place, obsolete once the full tile exists. */
export function partialsFolder(level: number, index: number): string {
  return `${fullTilePath(level, index)}.p`
}

function fullTilePath(level: number, index: number): string {
  const groups = String(index)
    .padStart(Math.ceil(String(index).length / 3) * 3, '0')
    .match(/.{3}/g)
  const path = (groups ?? []).map((group, at, all) => (at === all.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${level === ENTRIES ? 'entries' : level}/${path}`
}

/** Inverse of tilePath; undefined for any other path, including those of another spelling. */
export function parseTilePath(path: string): TileId | undefined {
  const [, kind, groups, width] = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? []
  if (kind === undefined || groups === undefined) return undefined
  const index = Number(groups.replaceAll(/[x/]/g, ''))
  const tile = {
    level: kind === 'entries' ? ENTRIES : Number(kind),
    index,
    width: width === undefined ? WIDTH : Number(width),
  }
  const valid = tile.level <= 63 && Number.isSafeInteger(index) && tile.width >= 1 && tile.width <= WIDTH
  return valid && tilePath(tile) === path ? tile : undefined
}

/** Every tile and bundle that a tree of this size consists of, partial ones at its right edge. */
export function* tilesOfSize(size: number): Generator<TileId> {
  yield* levelTiles(ENTRIES, size)
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / WIDTH)) {
    yield* levelTiles(level, hashes)
  }
}

function* levelTiles(level: number, hashes: number): Generator<TileId> {
  const full = Math.floor(hashes / WIDTH)
  for (let index = 0; index < full; index += 1) yield { level, index, width: WIDTH }
  if (hashes % WIDTH > 0) yield { level, index: full, width: hashes % WIDTH }
}

/** The tile as it is in a tree of this size: full, or cut at the tree's right edge. undefined: not in the tree. */
export function tileInSize(level: number, index: number, size: number): TileId | undefined {
  const hashes = Math.floor(size / WIDTH ** Math.max(level, 0))
  const width = Math.min(WIDTH, hashes - index * WIDTH)
  return width > 0 ? { level, index, width } : undefined
}

/** Where the hash of a complete subtree is: hashes [from, from + count) of a tile of level 8·level, to be folded. */
export interface TileSlice {
  readonly level: number
  readonly index: number
  readonly from: number
  readonly count: number
}

export function tileOfNode({ level, index }: NodeId): TileSlice {
  const tileLevel = Math.floor(level / 8)
  const count = 2 ** (level - tileLevel * 8)
  const first = index * count
  return { level: tileLevel, index: Math.floor(first / WIDTH), from: first % WIDTH, count }
}

/** Hash of a complete subtree from the content of its tile; undefined when the tile is too short. */
export function foldTile(tile: Uint8Array, slice: TileSlice, hash: HashFunction = sha256): Uint8Array | undefined {
  if (tile.length < (slice.from + slice.count) * 32) return undefined
  const hashes = Array.from({ length: slice.count }, (_, at) => tileHash(tile, slice.from + at))
  return treeRoot(hashes, hash)
}

function tileHash(tile: Uint8Array, at: number): Uint8Array {
  return tile.slice(at * 32, at * 32 + 32)
}

/** An entry as it stands in a bundle: uint16 big-endian length, bytes. Throws RangeError beyond 65,535 bytes. */
export function bundleEntry(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY) throw new RangeError(`a log entry has at most ${MAX_ENTRY} bytes`)
  return concatBytes(Uint8Array.of(Math.floor(entry.length / 256), entry.length % 256), entry)
}

/** Entries of a bundle; undefined when its last entry is cut or there are not exactly `width`. */
export function parseBundle(bundle: Uint8Array, width: number): Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bundle.length) {
    const [high, low] = bundle.subarray(at, at + 2)
    if (high === undefined || low === undefined) return undefined
    const end = at + 2 + high * 256 + low
    if (end > bundle.length) return undefined
    entries.push(bundle.slice(at + 2, end))
    at = end
  }
  return entries.length === width ? entries : undefined
}

/** A file of the log, path relative to its prefix. */
export interface LogFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Right edge of a tree: what is needed to let it grow. */
export interface TreeEdge {
  readonly size: number
  /** Hashes of the partial tile of each level, from 0; a level may be empty. */
  readonly hashes: readonly (readonly Uint8Array[])[]
  /** Entries of the partial bundle. */
  readonly entries: readonly Uint8Array[]
}

export const emptyEdge: TreeEdge = { size: 0, hashes: [], entries: [] }

/** Root of the tree with this right edge. */
export function edgeRoot({ hashes }: TreeEdge, hash: HashFunction = sha256): Uint8Array {
  const peaks = hashes.toReversed().flatMap((level) =>
    peakNodes(level.length).map((node) => {
      const count = 2 ** node.level
      return treeRoot(level.slice(node.index * count, (node.index + 1) * count), hash)
    }),
  )
  return foldPeaks(peaks, hash)
}

/** Outcome of a batch: new edge, files to write, and places whose partial tiles are obsolete once they are written. */
export interface Growth {
  readonly edge: TreeEdge
  readonly files: readonly LogFile[]
  readonly obsolete: readonly string[]
}

/** Appends entries to a tree. Pure: the same edge and entries give the same bytes. */
export function growTree(edge: TreeEdge, entries: readonly Uint8Array[], hash: HashFunction = sha256): Growth {
  const growing = {
    size: edge.size,
    hashes: edge.hashes.map((level) => [...level]),
    entries: [...edge.entries],
    touched: new Set<number>(),
    files: [] as LogFile[],
    obsolete: [] as string[],
    hash,
  }
  for (const entry of entries) appendEntry(growing, entry)
  for (const level of growing.touched) writePartial(growing, level)
  const { size, hashes, files, obsolete } = growing
  return { edge: { size, hashes, entries: growing.entries }, files, obsolete }
}

interface GrowingTree {
  size: number
  readonly hashes: Uint8Array[][]
  entries: Uint8Array[]
  readonly touched: Set<number>
  readonly files: LogFile[]
  readonly obsolete: string[]
  readonly hash: HashFunction
}

function appendEntry(tree: GrowingTree, entry: Uint8Array): void {
  tree.entries.push(entry)
  appendHash(tree, { level: 0, leaf: leafHash(entry, tree.hash), count: tree.size + 1 })
  tree.size += 1
  tree.touched.add(ENTRIES)
  if (tree.entries.length < WIDTH) return
  writeFull(tree, {
    level: ENTRIES,
    index: tree.size / WIDTH - 1,
    bytes: concatBytes(...tree.entries.map(bundleEntry)),
  })
  tree.entries = []
}

/** `count`: hashes of this level once the new one is in. */
function appendHash(
  tree: GrowingTree,
  { level, leaf, count }: { level: number; leaf: Uint8Array; count: number },
): void {
  const hashes = (tree.hashes[level] ??= [])
  hashes.push(leaf)
  tree.touched.add(level)
  if (hashes.length < WIDTH) return
  writeFull(tree, { level, index: count / WIDTH - 1, bytes: concatBytes(...hashes) })
  tree.hashes[level] = []
  appendHash(tree, { level: level + 1, leaf: treeRoot(hashes, tree.hash), count: count / WIDTH })
}

function writeFull(tree: GrowingTree, tile: { level: number; index: number; bytes: Uint8Array }): void {
  tree.files.push({ path: tilePath({ level: tile.level, index: tile.index, width: WIDTH }), bytes: tile.bytes })
  tree.obsolete.push(partialsFolder(tile.level, tile.index))
}

function writePartial(tree: GrowingTree, level: number): void {
  const id = tileInSize(level, Math.floor(tree.size / WIDTH ** (Math.max(level, 0) + 1)), tree.size)
  if (id === undefined) return
  const parts = level === ENTRIES ? tree.entries.map(bundleEntry) : (tree.hashes[level] ?? [])
  tree.files.push({ path: tilePath(id), bytes: concatBytes(...parts) })
}
