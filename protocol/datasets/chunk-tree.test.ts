import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../canonical/hash.ts'
import { leafHash } from '../canonical/merkle.ts'
import { chunkCount, chunkRange } from './chunk-ranges.ts'
import { checkLeafList, chunkTree, isChunk, readLeafList } from './chunk-tree.ts'

function leavesOf(file: Uint8Array, chunk: number): Uint8Array {
  const list = new Uint8Array(chunkCount(file.length, chunk) * 32)
  for (let index = 0; index < list.length / 32; index += 1) {
    const { start, end } = chunkRange(index, file.length, chunk)
    list.set(leafHash(file.subarray(start, end)), index * 32)
  }
  return list
}

function treeOf(file: Uint8Array, chunk: number) {
  const bytes = leavesOf(file, chunk)
  const leaves = readLeafList(bytes)
  if (leaves === undefined) throw new Error('unreadable leaf list')
  return { bytes, leaves, tree: chunkTree(leaves, chunk) }
}

describe('chunk tree', () => {
  it('hashes one chunk as SHA-256 of a zero byte and the chunk', () => {
    const file = new TextEncoder().encode('L123456')
    const expected = createHash('sha256')
      .update(Buffer.from([0]))
      .update(file)
      .digest('hex')
    expect(treeOf(file, 16_384).tree).toEqual({ alg: 'rfc6962-sha256', chunk: 16_384, leaves: 1, root: expected })
    expect(expected.startsWith('395aa064')).toBe(true)
  })

  it('gives an empty file no leaf and the empty root', () => {
    const { tree, bytes } = treeOf(new Uint8Array(0), 16_384)
    expect(tree.leaves).toBe(0)
    expect(tree.root.startsWith('e3b0c442')).toBe(true)
    expect(checkLeafList(bytes, { size: 0, tree })).toMatchObject({ ok: true })
  })

  it('accepts every chunk of the file and refuses it with any byte changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(), (file, seed) => {
        const chunk = 16
        const { bytes, tree } = treeOf(file, chunk)
        const checked = checkLeafList(bytes, { size: file.length, tree })
        if (!checked.ok) throw new Error(checked.fault)
        const index = seed % checked.leaves.count
        const { start, end } = chunkRange(index, file.length, chunk)
        const received = file.slice(start, end)
        expect(isChunk(received, { leaves: checked.leaves, index })).toBe(true)
        received[seed % received.length] = (received[seed % received.length] ?? 0) ^ 1
        expect(isChunk(received, { leaves: checked.leaves, index })).toBe(false)
      }),
    )
  })

  it('refuses a leaf list of another length, count or root', () => {
    const file = new Uint8Array(100).fill(7)
    const { bytes, tree } = treeOf(file, 16)
    const signed = { size: file.length, tree }
    expect(checkLeafList(bytes.subarray(1), signed)).toEqual({ ok: false, fault: 'length' })
    expect(checkLeafList(bytes.subarray(32), signed)).toEqual({ ok: false, fault: 'count' })
    const other = bytes.slice()
    other[40] = (other[40] ?? 0) ^ 1
    expect(checkLeafList(other, signed)).toEqual({ ok: false, fault: 'root' })
    expect(checkLeafList(bytes, { size: 120, tree })).toEqual({ ok: false, fault: 'count' })
  })

  it('binds the order of the chunks', () => {
    const file = Uint8Array.from({ length: 64 }, (_, at) => at)
    const swapped = Uint8Array.from([...file.subarray(16, 32), ...file.subarray(0, 16), ...file.subarray(32)])
    expect(toHex(treeOf(file, 16).bytes)).not.toBe(toHex(treeOf(swapped, 16).bytes))
    expect(treeOf(file, 16).tree.root).not.toBe(treeOf(swapped, 16).tree.root)
  })
})
