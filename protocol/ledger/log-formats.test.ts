import { generateKeyPairSync, sign } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestHex, fromBase64, toBase64, utf8 } from '../canonical/hash.ts'
import { foldNodes, inclusionNodes, leafHash, treeNodes, treeRoot } from '../canonical/merkle.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { formatVkey, openNote, parseNote, parseVkey, signNote } from './signed-note.ts'
import {
  edgeRoot,
  emptyEdge,
  ENTRIES,
  foldTile,
  growTree,
  parseBundle,
  parseTilePath,
  tileInSize,
  tileOfNode,
  tilePath,
  tilesOfSize,
} from './tiles.ts'
import { formatTlogPolicy, parseTlogPolicy } from './tlog-policy.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts'

const seed = new Uint8Array(32).fill(7)
const key = { name: 'bureau.example/ledger', publicKey: ed25519.getPublicKey(seed) }
const signer = (message: Uint8Array) => ed25519.sign(message, seed)

describe('a signed note', () => {
  it('names its key as the published verifier keys do', () => {
    for (const vkey of [
      'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    ]) {
      const parsed = parseVkey(vkey)
      expect(parsed && formatVkey(parsed)).toBe(vkey)
    }
    expect(parseVkey('example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')).toBeUndefined()
  })

  it('opens the published note of Go', () => {
    const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    const text = 'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'
    const line =
      '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
    const published = parseVkey(vkey)
    expect(published).toBeDefined()
    if (published !== undefined)
      expect(openNote(`${text.replace('’', "'")}\n${line}`, published)).toBe(text.replace('’', "'"))
  })

  it('opens under the key that signed it and under no other', async () => {
    const other = { name: key.name, publicKey: ed25519.getPublicKey(new Uint8Array(32).fill(8)) }
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[!-~あ-ん\n]{0,80}$/), fc.nat(), async (body, pick) => {
        const text = `${body}\n`
        const note = await signNote(text, key, signer)
        expect(openNote(note, key)).toBe(text)
        expect(openNote(note, other)).toBeUndefined()
        const at = pick % text.length
        const changed = `${note.slice(0, at)}~${note.slice(at + 1)}`
        if (changed !== note) expect(openNote(changed, key)).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  it('ignores lines of keys it does not know, and is bad when a known line is', async () => {
    const text = 'text\n'
    const note = await signNote(text, key, signer)
    const stranger = await signNote(text, { ...key, name: 'stranger' }, () => new Uint8Array(64))
    const strangerLine = stranger.slice(stranger.indexOf('—'))
    expect(openNote(note + strangerLine, key)).toBe(text)
    const forged = await signNote(text, key, () => new Uint8Array(64))
    expect(openNote(note + forged.slice(forged.indexOf('—')), key)).toBeUndefined()
    expect(openNote(stranger, key)).toBeUndefined()
  })

  it.each([
    '',
    'text\n',
    'text\n\n',
    'text\n\n— a\n',
    'te\u0001xt\n\n— a AAAAAAAA\n',
    'text\n\n- a AAAAAAAA\n',
    'text\n\n— a AAAAAAAA',
  ])('refuses the malformed %j', (note) => expect(parseNote(note)).toBeUndefined())
})

describe('a checkpoint', () => {
  const checkpoint = { origin: key.name, size: 3, root: digestHex(treeRoot([leafHash(utf8('a'))])) }

  it('is signed under the origin that names its key', async () => {
    const note = await signNote(formatCheckpoint(checkpoint), key, signer)
    expect(openCheckpoint(note, key)).toEqual(checkpoint)
    const elsewhere = await signNote(formatCheckpoint({ ...checkpoint, origin: 'other/log' }), key, signer)
    expect(openCheckpoint(elsewhere, key)).toBeUndefined()
  })

  it.each(['o\n03\n', 'o\n-1\n', 'o\n1\nAAAA\n', 'o\n1\n', 'o o\n1\n'])('refuses the malformed %j', (start) => {
    expect(parseCheckpoint(start.length > 8 ? start : `${start}${toBase64(new Uint8Array(32))}`)).toBeUndefined()
  })
})

describe('tiles', () => {
  it('have the paths of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: ENTRIES, index: 0, width: 17 })).toBe('tile/entries/000.p/17')
    expect(parseTilePath('tile/1/x001/000.p/5')).toEqual({ level: 1, index: 1000, width: 5 })
    for (const path of [
      'tile/0/1',
      'tile/0/x000/001',
      'tile/64/000',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/00/000',
      '../x',
      'tile/0/000.p/05',
    ]) {
      expect(parseTilePath(path), path).toBeUndefined()
    }
  })

  it('of 70,000 entries are those that the specification lists', () => {
    const ids = [...tilesOfSize(70_000)]
    const of = (level: number) => ids.filter((id) => id.level === level)
    expect(of(0).length).toBe(274)
    expect(of(0).at(-1)).toEqual({ level: 0, index: 273, width: 112 })
    expect(of(1)).toEqual([
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
    ])
    expect(of(2)).toEqual([{ level: 2, index: 0, width: 1 }])
    expect(of(3)).toEqual([])
  })

  it('grown in any batches are those of the whole tree, and prove every entry', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (batches, pick) => {
          const total = batches.reduce((sum, batch) => sum + batch, 0)
          const entries = Array.from({ length: total }, (_, at) => utf8(`entry ${at}`))
          const files = new Map<string, Uint8Array>()
          let edge = emptyEdge
          for (const batch of batches) {
            const growth = growTree(edge, entries.slice(edge.size, edge.size + batch))
            edge = growth.edge
            for (const file of growth.files) files.set(file.path, file.bytes)
            const leaves = entries.slice(0, edge.size).map((entry) => leafHash(entry))
            expect(edgeRoot(edge)).toEqual(treeRoot(leaves))
            for (const id of tilesOfSize(edge.size)) expect(files.has(tilePath(id))).toBe(true)
          }
          const index = pick % total
          const bundle = tileInSize(ENTRIES, Math.floor(index / 256), total)
          const bytes = bundle === undefined ? undefined : files.get(tilePath(bundle))
          expect(parseBundle(bytes ?? new Uint8Array(0), bundle?.width ?? 0)?.[index % 256]).toEqual(entries[index])
          const leaves = entries.map((entry) => leafHash(entry))
          const inMemory = foldNodes(inclusionNodes(index, total), treeNodes(leaves))
          const fromTiles = foldNodes(inclusionNodes(index, total), (node) => {
            const slice = tileOfNode(node)
            const id = tileInSize(slice.level, slice.index, total)
            const tile = id === undefined ? undefined : files.get(tilePath(id))
            return foldTile(tile ?? new Uint8Array(0), slice) ?? new Uint8Array(0)
          })
          expect(fromTiles).toEqual(inMemory)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('refuse a bundle that is cut or has another number of entries', () => {
    const whole = Uint8Array.of(0, 1, 65, 0, 0)
    expect(parseBundle(whole, 2)).toEqual([Uint8Array.of(65), new Uint8Array(0)])
    expect(parseBundle(whole, 1)).toBeUndefined()
    expect(parseBundle(whole.subarray(0, 4), 2)).toBeUndefined()
    expect(parseBundle(whole.subarray(0, 2), 1)).toBeUndefined()
  })
})

describe('a tlog-proof', () => {
  it('shows its entry in the log and nothing else', async () => {
    const entries = Array.from({ length: 9 }, (_, at) => utf8(`entry ${at}`))
    const leaves = entries.map((entry) => leafHash(entry))
    const checkpoint = { origin: key.name, size: 9, root: digestHex(treeRoot(leaves)) }
    const note = await signNote(formatCheckpoint(checkpoint), key, signer)
    const path = foldNodes(inclusionNodes(4, 9), treeNodes(leaves))
    const text = formatTlogProof({ index: 4, path, checkpoint: note })
    const proof = parseTlogProof(text)
    if (proof === undefined) throw new Error('proof not read')
    expect(verifyTlogProof(proof, { entry: entries[4] ?? seed, key })).toEqual(checkpoint)
    expect(verifyTlogProof(proof, { entry: entries[5] ?? seed, key })).toBeUndefined()
    expect(verifyTlogProof({ ...proof, index: 5 }, { entry: entries[4] ?? seed, key })).toBeUndefined()
    const withExtra = text.replace('\nindex', `\nextra ${toBase64(utf8('x'))}\nindex`)
    expect(parseTlogProof(withExtra)?.index).toBe(4)
    expect(parseTlogProof(text.replace('@v1', '@v2'))).toBeUndefined()
    expect(parseTlogProof(text.replace('index 4', 'index 04'))).toBeUndefined()
  })
})

describe('a trust policy', () => {
  it('is read back as written, and only with exactly one quorum', () => {
    const text = formatTlogPolicy([key])
    expect(parseTlogPolicy(text)).toEqual({ logs: [key], quorum: undefined })
    expect(parseTlogPolicy(`# comment\n\n${text}`)?.logs.length).toBe(1)
    expect(parseTlogPolicy(`${text}quorum none\n`)).toBeUndefined()
    expect(parseTlogPolicy('log nonsense\nquorum none\n')).toBeUndefined()
    expect(parseTlogPolicy('quorum nobody\n')).toBeUndefined()
    expect(
      parseTlogPolicy(`${text.replace('quorum none\n', '')}witness w ${formatVkey(key)}\nquorum w\n`)?.quorum,
    ).toBe('w')
  })
})

it('signs with keys of other makers', async () => {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = fromBase64(
    Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64'),
  )
  const nodeKey = { name: 'x', publicKey: publicKey ?? seed }
  const note = await signNote('t\n', nodeKey, (message) => Uint8Array.from(sign(null, message, pair.privateKey)))
  expect(openNote(note, nodeKey)).toBe('t\n')
})
