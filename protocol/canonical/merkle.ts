import type { HashFunction } from './hash.ts'
import { concatBytes, equalBytes, sha256 } from './hash.ts'

/**
 * Merkle trees of RFC 6962 §2.1 (= RFC 9162 §2.1): leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖ left ‖ right),
 * split at the largest power of two below the size. Used for the log and, over chunks, for files.
 * Sizes and indices are integers up to 2^53 − 1; no 32-bit operator touches them.
 */

/** Hash of a log entry or file chunk. */
export function leafHash(entry: Uint8Array, hash: HashFunction = sha256): Uint8Array {
  return hash(concatBytes(Uint8Array.of(0), entry))
}

/** Hash of an inner node; both children are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: HashFunction = sha256): Uint8Array {
  const input = new Uint8Array(65)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 33)
  return hash(input)
}

/** Root of the empty tree: SHA-256 of nothing. */
export function emptyRoot(hash: HashFunction = sha256): Uint8Array {
  return hash(new Uint8Array(0))
}

/** Root of a complete subtree: covers leaves [index · 2^level, (index + 1) · 2^level). */
export interface NodeId {
  readonly level: number
  readonly index: number
}

/** Grows a tree leaf by leaf, keeping one hash per level. */
export interface TreeBuilder {
  /** Leaves so far. */
  readonly size: number
  /** Takes a leaf hash (see leafHash). */
  append(leaf: Uint8Array): void
  /** Root of the leaves so far; the empty root for none. */
  root(): Uint8Array
}

/**
 * Starts a tree at `size` leaves. `peaks` are the roots of the complete subtrees that the size decomposes into, largest first
 * (see peakNodes); none for an empty tree. `onNode` is told every complete subtree as soon as it exists, leaves included.
 */
export function createTreeBuilder(options?: {
  readonly hash?: HashFunction
  readonly size?: number
  readonly peaks?: readonly Uint8Array[]
  readonly onNode?: (node: NodeId, hash: Uint8Array) => void
}): TreeBuilder {
  const hash = options?.hash ?? sha256
  let size = options?.size ?? 0
  const stack = [...(options?.peaks ?? [])]
  if (stack.length !== peakNodes(size).length) throw new RangeError('as many peaks as the size has one bits')
  return {
    get size() {
      return size
    },
    append(leaf) {
      let node = leaf
      let index = size
      let level = 0
      options?.onNode?.({ level, index }, node)
      for (; index % 2 === 1; index = (index - 1) / 2) {
        const left = stack.pop()
        if (left === undefined) throw new RangeError('tree peaks do not match the size')
        node = nodeHash(left, node, hash)
        level += 1
        options?.onNode?.({ level, index: (index - 1) / 2 }, node)
      }
      stack.push(node)
      size += 1
    },
    root: () => foldPeaks(stack, hash),
  }
}

/** Root over leaf hashes; the empty root for none. */
export function treeRoot(leaves: Iterable<Uint8Array>, hash: HashFunction = sha256): Uint8Array {
  const builder = createTreeBuilder({ hash })
  for (const leaf of leaves) builder.append(leaf)
  return builder.root()
}

/** Complete subtrees that a tree of this size consists of, largest (leftmost) first. */
export function peakNodes(size: number): NodeId[] {
  return completeSubtrees(0, checkedSize(size))
}

/** Root of a tree from the hashes of its peaks, in the order of peakNodes. */
export function foldPeaks(peaks: readonly Uint8Array[], hash: HashFunction = sha256): Uint8Array {
  const last = peaks.at(-1)
  if (last === undefined) return emptyRoot(hash)
  return peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right, hash), last)
}

/**
 * What an inclusion proof (RFC 9162 §2.1.3.1) consists of: for each proof hash the complete subtrees it is folded from.
 * Throws RangeError unless 0 ≤ index < size.
 */
export function inclusionNodes(index: number, size: number): NodeId[][] {
  checkedSize(size)
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError('leaf index outside the tree')
  const proof: NodeId[][] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      proof.push(completeSubtrees(middle, end))
      end = middle
    } else {
      proof.push(completeSubtrees(start, middle))
      start = middle
    }
  }
  return proof.toReversed()
}

/**
 * What a consistency proof (RFC 9162 §2.1.4.1) consists of: for each proof hash the complete subtrees it is folded from.
 * Empty for equal sizes and for an old size of 0. Throws RangeError unless 0 ≤ oldSize ≤ size.
 */
export function consistencyNodes(oldSize: number, size: number): NodeId[][] {
  checkedSize(size)
  if (checkedSize(oldSize) > size) throw new RangeError('old size beyond the tree')
  if (oldSize === 0 || oldSize === size) return []
  const proof: NodeId[][] = []
  let start = 0
  let end = size
  while (oldSize !== end) {
    const middle = start + splitPoint(end - start)
    if (oldSize <= middle) {
      proof.push(completeSubtrees(middle, end))
      end = middle
    } else {
      proof.push(completeSubtrees(start, middle))
      start = middle
    }
  }
  if (start > 0) proof.push(completeSubtrees(start, end))
  return proof.toReversed()
}

/** Proof hashes from node groups, given the hash of each node. */
export function foldNodes(
  groups: readonly (readonly NodeId[])[],
  nodeAt: (node: NodeId) => Uint8Array,
  hash: HashFunction = sha256,
): Uint8Array[] {
  return groups.map((group) => foldPeaks(group.map(nodeAt), hash))
}

/** Hash of every complete subtree over the leaf hashes, for making proofs in memory. */
export function treeNodes(leaves: readonly Uint8Array[], hash: HashFunction = sha256): (node: NodeId) => Uint8Array {
  const levels: Uint8Array[][] = []
  const builder = createTreeBuilder({ hash, onNode: ({ level }, node) => (levels[level] ??= []).push(node) })
  for (const leaf of leaves) builder.append(leaf)
  return ({ level, index }) => {
    const node = levels[level]?.[index]
    if (node === undefined) throw new RangeError('no such complete subtree')
    return node
  }
}

/** An inclusion claim: the leaf with this hash is number `index` of the tree with this size and root. */
export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leaf: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 §2.1.3.2. False for anything malformed. */
export function verifyInclusion(claim: InclusionClaim, hash: HashFunction = sha256): boolean {
  const { index, size, leaf, root, proof } = claim
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false
  if (!areDigests([leaf, root, ...proof])) return false
  let fn = index
  let sn = size - 1
  let result = leaf
  for (const sibling of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      result = nodeHash(sibling, result, hash)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      result = nodeHash(result, sibling, hash)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && equalBytes(result, root)
}

/** A consistency claim: the tree (oldSize, oldRoot) is a prefix of the tree (size, root). */
export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly size: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * RFC 9162 §2.1.4.2. False for anything malformed. An old size of 0 takes the empty proof and the empty root only
 * (c2sp.org/tlog-witness: always consistent).
 */
export function verifyConsistency(claim: ConsistencyClaim, hash: HashFunction = sha256): boolean {
  const { oldSize, oldRoot, size, root, proof } = claim
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(size) || oldSize < 0 || oldSize > size) return false
  if (oldSize === size) return proof.length === 0 && equalBytes(oldRoot, root)
  if (!areDigests([oldRoot, root, ...proof])) return false
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyRoot(hash))
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof]
  if (proof.length === 0) return false
  const roots = climb(path, { fn: oldSize - 1, sn: size - 1 }, hash)
  return roots !== undefined && equalBytes(roots.oldRoot, oldRoot) && equalBytes(roots.root, root)
}

function climb(path: readonly Uint8Array[], start: { fn: number; sn: number }, hash: HashFunction) {
  let { fn, sn } = start
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  const [first, ...rest] = path
  if (first === undefined) return undefined
  let oldRoot = first
  let root = first
  for (const sibling of rest) {
    if (sn === 0) return undefined
    if (fn % 2 === 1 || fn === sn) {
      oldRoot = nodeHash(sibling, oldRoot, hash)
      root = nodeHash(sibling, root, hash)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      root = nodeHash(root, sibling, hash)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 ? { oldRoot, root } : undefined
}

function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(value: number): boolean {
  let rest = value
  while (rest > 1 && rest % 2 === 0) rest /= 2
  return rest === 1
}

/** Largest power of two below the size (size ≥ 2). */
function splitPoint(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

function completeSubtrees(start: number, end: number): NodeId[] {
  const nodes: NodeId[] = []
  for (let at = start; at < end;) {
    let level = 0
    let span = 1
    while (at % (span * 2) === 0 && at + span * 2 <= end) {
      span *= 2
      level += 1
    }
    nodes.push({ level, index: at / span })
    at += span
  }
  return nodes
}

function checkedSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('tree size must be an integer from 0 to 2^53 − 1')
  return size
}

function areDigests(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === 32)
}
