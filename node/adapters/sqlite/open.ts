import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

export type Orm = BetterSQLite3Database
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** One SQLite file in WAL mode with synchronous=FULL: what a commit promised survives a power cut. */
export interface Database {
  readonly orm: Orm
  /** Runs `work` in one immediate transaction; a throw rolls back. `work` is synchronous, as better-sqlite3 is. */
  transaction<Result>(work: (tx: Transaction) => Result): Result
  /** Called after every committed transaction that wrote jobs or leaves, never inside one. */
  onEffects(listener: () => void): void
  effectsWritten(): void
  close(): void
}

function migrationsFolder(): string {
  const beside = fileURLToPath(new URL('./migrations', import.meta.url))
  if (existsSync(beside)) return beside
  throw new Error('the migrations folder is missing from this installation')
}

/** Opens or creates the database and brings its schema up to date. `:memory:` for tests. */
export function openDatabase(path: string): Database {
  const connection = new BetterSqlite3(path)
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = FULL')
  connection.pragma('busy_timeout = 5000')
  const database = databaseOn(connection)
  const folder = migrationsFolder()
  if (readdirSync(folder).some((name) => existsSync(join(folder, name, 'migration.sql')))) {
    migrate(database.orm, { migrationsFolder: folder })
  }
  return database
}

/** The database behind an open connection whose schema is up to date. */
export function databaseOn(connection: BetterSqlite3.Database): Database {
  connection.pragma('foreign_keys = ON')
  const orm = drizzle({ client: connection })
  const listeners: (() => void)[] = []
  let effectsPending = false
  return {
    orm,
    transaction: (work) => {
      effectsPending = false
      const results: ReturnType<typeof work>[] = []
      orm.transaction((tx) => void results.push(work(tx)), { behavior: 'immediate' })
      if (effectsPending) for (const listener of listeners) listener()
      const [result] = results
      return result as ReturnType<typeof work>
    },
    onEffects: (listener) => void listeners.push(listener),
    effectsWritten: () => {
      effectsPending = true
    },
    close: () => connection.close(),
  }
}
