import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { sharedPath } from '../../test/shared-material.ts'
import { fromBase64, sha256, toHex, utf8 } from './hash.ts'
import {
  consistencyNodes,
  createTreeBuilder,
  emptyRoot,
  foldNodes,
  inclusionNodes,
  leafHash,
  nodeHash,
  peakNodes,
  treeNodes,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const vectors = sharedPath('vectors/merkle')
const base64 = z.string().transform((text) => fromBase64(text) ?? new Uint8Array(0))
const proofOf = z
  .array(base64)
  .nullish()
  .transform((proof) => proof ?? [])
const InclusionVector = z.object({
  leafIdx: z.number(),
  treeSize: z.number(),
  root: base64,
  leafHash: base64,
  proof: proofOf,
  desc: z.string(),
  wantErr: z.boolean(),
})
const ConsistencyVector = z.object({
  size1: z.number(),
  size2: z.number(),
  root1: base64,
  root2: base64,
  proof: proofOf,
  desc: z.string(),
  wantErr: z.boolean(),
})

function vectorFiles(kind: string): string[] {
  const folder = join(vectors ?? '', kind)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
}

describe('RFC 6962 hashing', () => {
  it('gives the published leaf, node and empty hashes', () => {
    expect(toHex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(toHex(leafHash(utf8('')))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(toHex(leafHash(utf8('L123456')))).toMatch(/^395aa064.*2b4d56$/)
    expect(toHex(sha256(utf8('\u0001N123N456')))).toMatch(/^aa217fe8.*e66bbb$/)
  })
})

describe.skipIf(vectors === undefined)('the published proof vectors', () => {
  it('inclusion: all are judged as published', () => {
    const files = vectorFiles('inclusion')
    expect(files.length).toBe(98)
    for (const file of files) {
      const v = InclusionVector.parse(JSON.parse(file))
      const claim = { index: v.leafIdx, size: v.treeSize, leaf: v.leafHash, root: v.root, proof: v.proof }
      expect(verifyInclusion(claim), v.desc).toBe(!v.wantErr)
    }
  })

  it('consistency: all from a non-empty tree are judged as published', () => {
    const files = vectorFiles('consistency')
    expect(files.length).toBe(98)
    for (const file of files) {
      const v = ConsistencyVector.parse(JSON.parse(file))
      if (v.size1 === 0) continue
      const claim = { oldSize: v.size1, oldRoot: v.root1, size: v.size2, root: v.root2, proof: v.proof }
      expect(verifyConsistency(claim), v.desc).toBe(!v.wantErr)
    }
  })
})

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leafHash(utf8(`leaf ${index}`)))

/** The definition of RFC 9162 §2.1.1, word for word. */
function recursiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (only === undefined) return emptyRoot()
  if (leaves.length === 1) return only
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(recursiveRoot(leaves.slice(0, split)), recursiveRoot(leaves.slice(split)))
}

describe('a tree', () => {
  it('built leaf by leaf has the root of the recursive definition', () => {
    for (let size = 0; size <= 70; size += 1) {
      const leaves = leavesOf(size)
      expect(treeRoot(leaves)).toEqual(recursiveRoot(leaves))
    }
  })

  it('continued from its peaks has the same root', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(120), (first, more) => {
        const leaves = leavesOf(first + more)
        const nodeAt = treeNodes(leaves.slice(0, first))
        const builder = createTreeBuilder({ size: first, peaks: peakNodes(first).map(nodeAt) })
        for (const leaf of leaves.slice(first)) builder.append(leaf)
        expect(builder.root()).toEqual(treeRoot(leaves))
      }),
    )
  })

  it('proves every leaf, and no other leaf, index or root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (size, pick, bit) => {
        const leaves = leavesOf(size)
        const index = pick % size
        const leaf = leaves[index] ?? emptyRoot()
        const root = treeRoot(leaves)
        const proof = foldNodes(inclusionNodes(index, size), treeNodes(leaves))
        expect(verifyInclusion({ index, size, leaf, root, proof })).toBe(true)
        expect(verifyInclusion({ index, size, leaf: flip(leaf, bit), root, proof })).toBe(false)
        expect(verifyInclusion({ index, size, leaf, root: flip(root, bit), proof })).toBe(false)
        expect(verifyInclusion({ index, size, leaf, root, proof: [...proof, root] })).toBe(false)
        if (size > 1) expect(verifyInclusion({ index: (index + 1) % size, size, leaf, root, proof })).toBe(false)
        const [first, ...rest] = proof
        if (first !== undefined) {
          expect(verifyInclusion({ index, size, leaf, root, proof: [flip(first, bit), ...rest] })).toBe(false)
        }
      }),
    )
  })

  it('proves that it extends every earlier tree, and no other', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(150), fc.nat(), (oldSize, more, bit) => {
        const size = oldSize + more
        const leaves = leavesOf(size)
        const oldRoot = treeRoot(leaves.slice(0, oldSize))
        const root = treeRoot(leaves)
        const proof = foldNodes(consistencyNodes(oldSize, size), treeNodes(leaves))
        expect(verifyConsistency({ oldSize, oldRoot, size, root, proof })).toBe(true)
        expect(verifyConsistency({ oldSize, oldRoot: flip(oldRoot, bit), size, root, proof })).toBe(false)
        if (oldSize > 0) expect(verifyConsistency({ oldSize, oldRoot, size, root: flip(root, bit), proof })).toBe(false)
        expect(verifyConsistency({ oldSize, oldRoot, size, root, proof: [...proof, root] })).toBe(false)
      }),
    )
  })

  it('keeps its arithmetic beyond 2^31 leaves', () => {
    const size = 2 ** 40 + 3
    expect(peakNodes(size)).toEqual([
      { level: 40, index: 0 },
      { level: 1, index: 2 ** 39 },
      { level: 0, index: 2 ** 40 + 2 },
    ])
    const hashOf = ({ level, index }: { level: number; index: number }) => sha256(utf8(`${level}/${index}`))
    const leaf = hashOf({ level: 0, index: 2 ** 40 + 2 })
    const proof = foldNodes(inclusionNodes(2 ** 40 + 2, size), hashOf)
    const left = nodeHash(hashOf({ level: 1, index: 2 ** 39 }), leaf)
    const root = nodeHash(hashOf({ level: 40, index: 0 }), left)
    expect(verifyInclusion({ index: 2 ** 40 + 2, size, leaf, root, proof })).toBe(true)
    expect(verifyInclusion({ index: 2, size, leaf, root, proof })).toBe(false)
  })
})

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const at = Math.floor(bit / 8) % copy.length
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8))
  return copy
}
