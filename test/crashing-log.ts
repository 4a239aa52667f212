import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readCheckpoint } from '../protocol/ledger/checkpoint.ts'
import { writeEffects } from '../node/adapters/sqlite/commit.ts'
import { createLedgerStore } from '../node/adapters/sqlite/ledger-store.ts'
import { type Database, openDatabase } from '../node/adapters/sqlite/open.ts'
import { type Blobs, BlobMissing } from '../node/ports/blobs.ts'
import type { Keys } from '../node/ports/keys.ts'
import { silentLogger } from '../node/telemetry/logger.ts'
import { createLedger, type Ledger } from '../node/ledger/operations.ts'
import type { LedgerStore } from '../node/ledger/store.ts'

/** Bytes of the entry that a test names `ref`. */
export const entryOf = (ref: string) => new TextEncoder().encode(`entry ${ref}`)

const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())
const publicUrl = 'https://bureau.example'

/** The process died here. */
export class Killed extends Error {}

/** Counts the steps that touch disk or store, and dies before the one with the given number. */
export class Machine {
  readonly db: Database = openDatabase(':memory:')
  readonly disk = new Map<string, Uint8Array>()
  readonly logKey: KeyObject = generateKeyPairSync('ed25519').privateKey
  /** Root of every checkpoint that ever left the node, by tree size. */
  readonly shown = new Map<number, string>()
  steps = 0
  dieAt = Number.POSITIVE_INFINITY

  #step(): void {
    this.steps += 1
    if (this.steps >= this.dieAt) throw new Killed()
  }

  async queue(refs: readonly string[]): Promise<void> {
    const leaves = refs.map((ref) => ({ kind: 'manifest', ref, bytes: entryOf(ref) }))
    await this.db.transaction(() => writeEffects(this.db, { effects: { leaves }, now: 1 }))
  }

  boot(): Ledger {
    this.steps = 0
    return createLedger({
      store: this.#store(createLedgerStore(this.db)),
      blobs: this.#blobs(),
      keys: this.#keys(),
      clock: { now: () => 1, after: () => () => {} },
      log: silentLogger,
      hash: sha256,
      publicUrl,
    })
  }

  /** Dies before and, for writes, also after the call took effect. */
  #store(store: LedgerStore): LedgerStore {
    return {
      ...store,
      commitBatch: async (batch) => {
        this.#step()
        const result = await store.commitBatch(batch)
        this.#step()
        return result
      },
      clearStage: async () => {
        this.#step()
        await store.clearStage()
        this.#step()
      },
    }
  }

  #blobs(): Blobs {
    const { disk } = this
    const unused = () => {
      throw new Error('not used by the log')
    }
    return {
      write: async (path, content) => {
        this.#step()
        if (!(content instanceof Uint8Array)) return unused()
        disk.set(path, Uint8Array.from(content))
        if (path === 'ledger/checkpoint') this.#show(new TextDecoder().decode(content))
        this.#step()
        return { size: content.length }
      },
      read: async (path) => {
        const found = disk.get(path)
        if (found === undefined) throw new BlobMissing(path)
        return found
      },
      remove: async (path) => {
        this.#step()
        for (const name of disk.keys()) if (name === path || name.startsWith(`${path}/`)) disk.delete(name)
        this.#step()
      },
      stat: async (path) => {
        const found = disk.get(path)
        return found === undefined ? undefined : { size: found.length }
      },
      list: async () => [...disk.keys()],
      stream: unused,
      move: unused,
      localPath: unused,
    }
  }

  #show(note: string): void {
    const checkpoint = readCheckpoint(note)
    if (checkpoint === undefined) throw new Error('unreadable checkpoint')
    const before = this.shown.get(checkpoint.size)
    if (before !== undefined && before !== checkpoint.root) throw new Error('two trees of one size were shown')
    this.shown.set(checkpoint.size, checkpoint.root)
  }

  #keys(): Keys {
    const unused = () => {
      throw new Error('not used by the log')
    }
    return {
      sign: async (_, message) => Uint8Array.from(sign(null, message, this.logKey)),
      publicJwk: async () => {
        const { x } = this.logKey.export({ format: 'jwk' })
        return { kty: 'OKP', crv: 'Ed25519', x: x ?? '' }
      },
      seal: unused,
      open: unused,
      derive: unused,
    }
  }
}
