import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { GroupCommit } from './group-commit.ts'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

export type Orm = BetterSQLite3Database
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** One SQLite file in WAL mode with synchronous=FULL: what a commit promised survives a power cut. */
export interface Database {
  readonly orm: Orm
  /**
   * A second connection whose commits survive the end of the process, and a power cut only once a durable commit has followed. For
   * what is harmless to lose: notes that work was done which may be done again, and tokens that live for a minute.
   */
  readonly relaxed: Orm
  /**
   * Runs `work` as one transaction; a throw rolls it back. Works that are asked for at the same time are made durable together, in
   * the order of asking: the disk is waited for once. `work` is synchronous, as better-sqlite3 is.
   */
  transaction<Result>(work: (tx: Transaction) => Result): Promise<Result>
  /** Called after every commit that wrote jobs or leaves, never inside one. */
  onEffects(listener: () => void): void
  effectsWritten(): void
  /** Makes durable what was asked for before. */
  close(): void
}

function migrationsFolder(): string {
  const beside = fileURLToPath(new URL('./migrations', import.meta.url))
  if (existsSync(beside)) return beside
  throw new Error('the migrations folder is missing from this installation')
}

function connect(path: string, synchronous: 'FULL' | 'NORMAL'): BetterSqlite3.Database {
  const connection = new BetterSqlite3(path)
  connection.pragma('journal_mode = WAL')
  connection.pragma(`synchronous = ${synchronous}`)
  connection.pragma('busy_timeout = 5000')
  return connection
}

/** Opens or creates the database and brings its schema up to date. `:memory:` for tests. */
export function openDatabase(path: string): Database {
  const connection = connect(path, 'FULL')
  const folder = migrationsFolder()
  if (readdirSync(folder).some((name) => existsSync(join(folder, name, 'migration.sql')))) {
    migrate(drizzle({ client: connection }), { migrationsFolder: folder })
  }
  return databaseOn(connection, path === ':memory:' ? {} : { relaxed: connect(path, 'NORMAL') })
}

export interface DatabaseOptions {
  /** Connection of `Database.relaxed`; default: the durable one. */
  readonly relaxed?: BetterSqlite3.Database
  /** Runs what is to be committed together; default: at the end of this turn of the event loop. */
  readonly soon?: (run: () => void) => void
}

/** The database behind an open connection whose schema is up to date. */
export function databaseOn(connection: BetterSqlite3.Database, { relaxed, soon }: DatabaseOptions = {}): Database {
  for (const each of [connection, relaxed]) each?.pragma('foreign_keys = ON')
  const orm = drizzle({ client: connection })
  const commits = new GroupCommit(orm, soon)
  return {
    orm,
    relaxed: relaxed === undefined ? orm : drizzle({ client: relaxed }),
    transaction: (work) => commits.add(work),
    onEffects: (listener) => commits.onEffects(listener),
    effectsWritten: () => commits.effectsWritten(),
    close: () => {
      commits.flush()
      relaxed?.close()
      connection.close()
    },
  }
}
