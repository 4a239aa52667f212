import { createHmac } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { canonicalJson } from '../../../protocol/canonical/jcs.ts'
import { Refused } from '../../../protocol/refusal.ts'
import type { AnswerCache, Asked, CachedAnswer } from '../../ports/answer-cache.ts'
import type { Keys } from '../../ports/keys.ts'
import { openSealed, sealBytes } from '../keys-file/envelope.ts'
import { decodeAnswer, encodeAnswer } from './answer-codec.ts'
import { DurableWrites } from './durable-writes.ts'

const keyContext = 'urn:tanemaki:answer-cache:keys:v1'
const sealContext = 'urn:tanemaki:answer-cache:values:v1'
const layout = 1

const tables = `
CREATE TABLE IF NOT EXISTS scopes (id INTEGER PRIMARY KEY, seed_sets TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS answers (
  key BLOB PRIMARY KEY, scope INTEGER NOT NULL REFERENCES scopes (id), sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_scope ON answers (scope);
`

/** Opens or creates the file of answers. Throws Refused `setting-invalid` when the file is not one. */
export async function openAnswerCache(path: string, keys: Pick<Keys, 'derive'>): Promise<AnswerCache> {
  const connection = connect(path)
  return new SqliteAnswerCache(path, connection, {
    naming: await keys.derive(keyContext),
    sealing: await keys.derive(sealContext),
  })
}

function connect(path: string): BetterSqlite3.Database {
  const connection = new BetterSqlite3(path)
  try {
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = NORMAL')
    connection.pragma('secure_delete = ON')
    connection.pragma('busy_timeout = 5000')
    const found = connection.pragma('user_version', { simple: true })
    if (found !== 0 && found !== layout) throw new Error('written by another version')
    connection.exec(tables)
    connection.pragma(`user_version = ${layout}`)
    return connection
  } catch (cause) {
    connection.close()
    throw new Refused(
      {
        code: 'setting-invalid',
        detail: 'the file of model answers cannot be read',
        hint: 'Restore answers.db from a backup, or move it and its -wal file away; runs then ask the models again for what it held.',
      },
      { cause },
    )
  }
}

class SqliteAnswerCache implements AnswerCache {
  readonly #connection: BetterSqlite3.Database
  readonly #secrets: { readonly naming: Uint8Array; readonly sealing: Uint8Array }
  readonly #writes: DurableWrites
  readonly #scopes = new Map<string, number>()
  readonly #log: number | undefined
  readonly #find: BetterSqlite3.Statement<[Uint8Array], { sealed: Buffer }>
  readonly #scopeOf: BetterSqlite3.Statement<[Uint8Array], { seed_sets: string }>
  readonly #insert: BetterSqlite3.Statement
  readonly #rescope: BetterSqlite3.Statement

  constructor(path: string, connection: BetterSqlite3.Database, secrets: { naming: Uint8Array; sealing: Uint8Array }) {
    this.#connection = connection
    this.#secrets = secrets
    this.#log = path === ':memory:' ? undefined : openSync(`${path}-wal`, 'r+')
    this.#writes = new DurableWrites({ connection, log: () => this.#log })
    this.#find = connection.prepare('SELECT sealed FROM answers WHERE key = ?')
    this.#scopeOf = connection.prepare(
      'SELECT seed_sets FROM answers JOIN scopes ON scopes.id = answers.scope WHERE key = ?',
    )
    this.#insert = connection.prepare('INSERT INTO answers (key, scope, sealed) VALUES (?, ?, ?)')
    this.#rescope = connection.prepare('UPDATE answers SET scope = ?, sealed = ? WHERE key = ?')
  }

  keyOf(asked: Asked): string {
    return createHmac('sha256', this.#secrets.naming).update(canonicalJson(asked)).digest('hex')
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, CachedAnswer>> {
    const found = new Map<string, CachedAnswer>()
    for (const key of keys) {
      const answer = this.#read(key)
      if (answer !== undefined) found.set(key, answer)
    }
    return found
  }

  async put(scope: readonly string[], key: string, answer: CachedAnswer): Promise<void> {
    const plaintext = encodeAnswer(answer)
    try {
      await this.#writes.add(() => this.#write(scope, key, plaintext))
    } catch (cause) {
      // Ids that were given in a transaction that was rolled back.
      this.#scopes.clear()
      throw isFull(cause) ? diskFull(cause) : cause
    }
  }

  async removeScope(seedSetId: string): Promise<number> {
    let removed = 0
    await this.#writes.add(() => {
      const scopes = this.#connection.prepare<[], { id: number; seed_sets: string }>('SELECT * FROM scopes').all()
      const remove = this.#connection.prepare('DELETE FROM answers WHERE scope = ?')
      for (const { id, seed_sets: seedSets } of scopes) {
        if (!(JSON.parse(seedSets) as string[]).includes(seedSetId)) continue
        removed += remove.run(id).changes
        this.#connection.prepare('DELETE FROM scopes WHERE id = ?').run(id)
        this.#scopes.delete(seedSets)
      }
    })
    // The log still holds the pages as they were.
    this.#connection.pragma('wal_checkpoint(TRUNCATE)')
    return removed
  }

  async close(): Promise<void> {
    await this.#writes.settle()
    if (this.#log !== undefined) closeSync(this.#log)
    this.#connection.close()
  }

  #read(key: string): CachedAnswer | undefined {
    const row = this.#find.get(Buffer.from(key, 'hex'))
    if (row === undefined) return undefined
    try {
      return decodeAnswer(openSealed((context) => this.#sealingKey(context), { context: key, sealed: row.sealed }))
    } catch {
      // Damaged, or sealed under another node key: the model is asked again, and its answer replaces this one.
      return undefined
    }
  }

  #write(scope: readonly string[], key: string, plaintext: Uint8Array): void {
    const name = Buffer.from(key, 'hex')
    const known = this.#scopeOf.get(name)
    const before = known === undefined ? [] : (JSON.parse(known.seed_sets) as string[])
    const scopeId = this.#scopeId([...before, ...scope])
    if (known !== undefined && this.#read(key) !== undefined) {
      if (scope.some((id) => !before.includes(id))) {
        this.#connection.prepare('UPDATE answers SET scope = ? WHERE key = ?').run(scopeId, name)
      }
      return
    }
    const sealed = sealBytes((context) => this.#sealingKey(context), { context: key, plaintext })
    if (known === undefined) this.#insert.run(name, scopeId, sealed)
    else this.#rescope.run(scopeId, sealed, name)
  }

  /** One sealing key per answer, so that random nonces never run out. */
  #sealingKey(context: string): Uint8Array {
    return createHmac('sha256', this.#secrets.sealing).update(context).digest()
  }

  #scopeId(seedSets: readonly string[]): number {
    const name = JSON.stringify([...new Set(seedSets)].sort())
    const known = this.#scopes.get(name)
    if (known !== undefined) return known
    const id = this.#connection
      .prepare<[string], { id: number }>(
        'INSERT INTO scopes (seed_sets) VALUES (?) ON CONFLICT DO UPDATE SET seed_sets = excluded.seed_sets RETURNING id',
      )
      .get(name)?.id
    if (id === undefined) throw new Error('a scope got no id')
    this.#scopes.set(name, id)
    return id
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'].includes(String(error.code))
}

function diskFull(cause: unknown): Refused {
  const detail = 'the disk is full; the answer of a model could not be kept'
  return new Refused({ code: 'disk-full', detail, hint: 'Make space on the disk, then resume the run.' }, { cause })
}
