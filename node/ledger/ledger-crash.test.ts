import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryOf, Killed, Machine } from '../../test/crashing-log.ts'
import { toHex } from '../../protocol/canonical/hash.ts'
import { leafHash, treeRoot } from '../../protocol/canonical/merkle.ts'
import { openCheckpoint } from '../../protocol/ledger/checkpoint.ts'
import { parseVkey } from '../../protocol/ledger/signed-note.ts'
import { ENTRIES, parseBundle, tileInSize, tilePath, tilesOfSize } from '../../protocol/ledger/tiles.ts'
import { parseTlogProof, verifyTlogProof } from '../../protocol/ledger/tlog-proof.ts'
import { Refused } from '../../protocol/refusal.ts'

/** What an outside reader does: rebuild everything from the files alone. */
function fsck(machine: Machine, vkey: string): string[] {
  const key = parseVkey(vkey)
  const note = new TextDecoder().decode(machine.disk.get('ledger/checkpoint'))
  const checkpoint = key && openCheckpoint(note, key)
  if (checkpoint === undefined) throw new Error('no valid checkpoint')
  const entries: Uint8Array[] = []
  for (let index = 0; index * 256 < checkpoint.size; index += 1) {
    const id = tileInSize(ENTRIES, index, checkpoint.size)
    const bundle = id && machine.disk.get(`ledger/${tilePath(id)}`)
    entries.push(...((bundle && id && parseBundle(bundle, id.width)) ?? []))
  }
  const leaves = entries.map((entry) => leafHash(entry))
  expect(entries.length).toBe(checkpoint.size)
  expect(toHex(treeRoot(leaves))).toBe(checkpoint.root)
  for (const id of tilesOfSize(checkpoint.size))
    expect(machine.disk.has(`ledger/${tilePath(id)}`), tilePath(id)).toBe(true)
  for (const [size, root] of machine.shown) expect(toHex(treeRoot(leaves.slice(0, size)))).toBe(root)
  return entries.map((entry) => new TextDecoder().decode(entry))
}

const refsOf = (from: number, count: number) => Array.from({ length: count }, (_, at) => `${from + at}`)

describe('the log after a crash', () => {
  it('between any two steps continues the same history and loses no leaf', async () => {
    let points = 0
    for (let dieAt = 1; ; dieAt += 1) {
      const machine = new Machine()
      await machine.queue(refsOf(0, 250))
      await machine.boot().start()
      await machine.queue(refsOf(250, 300))
      machine.dieAt = dieAt
      const survived = await machine
        .boot()
        .start()
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof Killed) return false
            throw error
          },
        )
      machine.dieAt = Number.POSITIVE_INFINITY
      await machine.queue(refsOf(550, 3))
      const after = machine.boot()
      await after.start()
      const entries = fsck(machine, await after.vkey())
      expect(entries).toEqual(refsOf(0, 553).map((ref) => `entry ${ref}`))
      if (survived) break
      points += 1
    }
    expect(points).toBeGreaterThan(20)
  })

  it('after crash upon crash, with leaves arriving between them, shows one history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ leaves: fc.nat(300), dieAt: fc.integer({ min: 1, max: 40 }) }), { maxLength: 8 }),
        async (lives) => {
          const machine = new Machine()
          let total = 0
          for (const { leaves, dieAt } of lives) {
            machine.dieAt = dieAt
            await machine.queue(refsOf(total, leaves))
            total += leaves
            await machine
              .boot()
              .start()
              .catch((error: unknown) => {
                if (!(error instanceof Killed)) throw error
              })
          }
          machine.dieAt = Number.POSITIVE_INFINITY
          await machine.queue(refsOf(total, 1))
          const last = machine.boot()
          await last.start()
          expect(fsck(machine, await last.vkey()).length).toBe(total + 1)
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('the gate at the start', () => {
  async function ran(): Promise<Machine> {
    const machine = new Machine()
    await machine.queue(['a', 'b'])
    await machine.boot().start()
    return machine
  }
  const refused = async (machine: Machine) => {
    const error: unknown = await machine
      .boot()
      .start()
      .catch((reason: unknown) => reason)
    return error instanceof Refused ? error.refusal.code : error
  }

  it('refuses when the database is older than what is published', async () => {
    const machine = await ran()
    const other = new Machine()
    for (const [path, bytes] of machine.disk) other.disk.set(path, bytes)
    const rolledBack = Object.assign(other, { logKey: machine.logKey })
    expect(await refused(rolledBack)).toBe('ledger-inconsistent')
  })

  it('refuses when the published log is older than the database, or gone', async () => {
    const machine = await ran()
    const old = new Map(machine.disk)
    await machine.queue(['c'])
    await machine.boot().start()
    machine.disk.clear()
    expect(await refused(machine)).toBe('ledger-inconsistent')
    for (const [path, bytes] of old) machine.disk.set(path, bytes)
    expect(await refused(machine)).toBe('ledger-inconsistent')
  })

  it('refuses a tree of the same size with another root, and another key', async () => {
    const machine = await ran()
    const twin = Object.assign(new Machine(), { logKey: machine.logKey })
    await twin.queue(['a', 'x'])
    await twin.boot().start()
    machine.disk.clear()
    for (const [path, bytes] of twin.disk) machine.disk.set(path, bytes)
    expect(await refused(machine)).toBe('ledger-inconsistent')
    const rekeyed = Object.assign(await ran(), { logKey: generateKeyPairSync('ed25519').privateKey })
    expect(await refused(rekeyed)).toBe('ledger-inconsistent')
  })

  it('refuses tiles that do not have the signed root', async () => {
    const machine = await ran()
    const path = 'ledger/tile/0/000.p/2'
    machine.disk.set(path, (machine.disk.get(path) ?? new Uint8Array(64)).with(3, 7))
    expect(await refused(machine)).toBe('ledger-inconsistent')
  })
})

describe('the log', () => {
  it('proves every leaf it took, also to whoever reads only files', async () => {
    const machine = new Machine()
    await machine.queue(refsOf(0, 600))
    const ledger = machine.boot()
    await ledger.start()
    await machine.queue(['later'])
    expect(await ledger.proof('manifest', 'later')).toBeUndefined()
    expect(await ledger.proof('manifest', 'never')).toBeUndefined()
    await ledger.settle()
    const key = parseVkey(await ledger.vkey())
    for (const ref of ['0', '255', '256', '599', 'later']) {
      const proof = parseTlogProof((await ledger.proof('manifest', ref)) ?? '')
      if (proof === undefined || key === undefined) throw new Error('no proof')
      expect(verifyTlogProof(proof, { entry: entryOf(ref), key })?.size).toBe(601)
      expect(verifyTlogProof(proof, { entry: entryOf('other'), key })).toBeUndefined()
    }
    expect((await ledger.status()).size).toBe(601)
    expect((await ledger.status()).queued).toBe(0)
  })

  it('serves a partial tile also after the full one replaced it', async () => {
    const machine = new Machine()
    const ledger = machine.boot()
    await machine.queue(refsOf(0, 100))
    await ledger.start()
    const [hashes, entries] = [await ledger.tile('tile/0/000.p/100'), await ledger.tile('tile/entries/000.p/100')]
    await machine.queue(refsOf(100, 200))
    await ledger.settle()
    expect(machine.disk.has('ledger/tile/0/000.p/100')).toBe(false)
    expect(await ledger.tile('tile/0/000.p/100')).toEqual(hashes)
    expect(await ledger.tile('tile/entries/000.p/100')).toEqual(entries)
    expect(await ledger.tile('tile/0/001.p/100')).toBeUndefined()
    expect(await ledger.tile('checkpoint/../../x')).toBeUndefined()
  })
})
