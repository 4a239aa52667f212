import type { ChunkTree } from '../../schemas/datasets.ts'
import { digestHex, equalBytes, fromHex, type HashFunction, sha256 } from '../canonical/hash.ts'
import { leafHash, treeRoot } from '../canonical/merkle.ts'
import { chunkCount } from './chunk-ranges.ts'

/**
 * Chunk tree of one file (docs/spec/manifest.md §3): leaf i = SHA-256(0x00 ‖ bytes [i·chunk, (i+1)·chunk) of the file),
 * the last leaf over the shorter rest, root as RFC 6962 §2.1. An empty file has no leaf and the empty root.
 */

const DIGEST_BYTES = 32

/** The list of leaf hashes of a file, as it is stored and sent: 32 bytes each, in order, nothing else. */
export interface LeafList {
  readonly count: number
  leaf(index: number): Uint8Array
}

/** Reads a leaf list; undefined unless its length is a multiple of 32. The bytes are not copied. */
export function readLeafList(bytes: Uint8Array): LeafList | undefined {
  if (bytes.length % DIGEST_BYTES !== 0) return undefined
  const count = bytes.length / DIGEST_BYTES
  return {
    count,
    leaf(index) {
      if (!Number.isSafeInteger(index) || index < 0 || index >= count) throw new RangeError('no such leaf')
      return bytes.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)
    },
  }
}

/** Tree of a file from the leaf list that was made while hashing it. */
export function chunkTree(leaves: LeafList, chunk: number, hash: HashFunction = sha256): ChunkTree {
  return { alg: 'rfc6962-sha256', chunk, leaves: leaves.count, root: digestHex(rootOf(leaves, hash)) }
}

/** Why a leaf list is not the one that a signed tree binds. */
export type LeafListFault = 'length' | 'count' | 'root'

/**
 * Checks a received leaf list against the signed tree and the signed size of the file, before any chunk is fetched.
 * `bytes` is the list as sent.
 */
export function checkLeafList(
  bytes: Uint8Array,
  signed: { readonly size: number; readonly tree: ChunkTree },
  hash: HashFunction = sha256,
): { readonly ok: true; readonly leaves: LeafList } | { readonly ok: false; readonly fault: LeafListFault } {
  const leaves = readLeafList(bytes)
  if (leaves === undefined) return { ok: false, fault: 'length' }
  if (leaves.count !== signed.tree.leaves || leaves.count !== chunkCount(signed.size, signed.tree.chunk))
    return { ok: false, fault: 'count' }
  if (!equalBytes(rootOf(leaves, hash), fromHex(signed.tree.root))) return { ok: false, fault: 'root' }
  return { ok: true, leaves }
}

/** True when these bytes are chunk `index` of the file with this leaf list. The leaf list must have been checked. */
export function isChunk(
  bytes: Uint8Array,
  at: { leaves: LeafList; index: number },
  hash: HashFunction = sha256,
): boolean {
  return equalBytes(leafHash(bytes, hash), at.leaves.leaf(at.index))
}

function rootOf(leaves: LeafList, hash: HashFunction): Uint8Array {
  const list: Uint8Array[] = []
  for (let index = 0; index < leaves.count; index += 1) list.push(leaves.leaf(index))
  return treeRoot(list, hash)
}
