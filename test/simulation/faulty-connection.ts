import BetterSqlite3 from 'better-sqlite3'

/** What may go wrong where a store writes. Each may throw. */
export interface WriteHooks {
  /** Inside a transaction, after its last write: a throw rolls it back. */
  committing(): void
  /** The transaction is durable, and wrote to these tables. A throw is what its caller sees of it. */
  committed(tables: ReadonlySet<string>): void
  /** A statement outside of any transaction is about to write. */
  writing(): void
  /** Such a statement has written, durably or until a durable commit follows. */
  written(durable: boolean): void
  /** The connection is out of the transaction, whatever became of it. */
  left(): void
}

/** Two ways to one store in memory: what is written by `relaxed` alone may be lost in a power cut. */
export interface Connections {
  readonly durable: BetterSqlite3.Database
  readonly relaxed: BetterSqlite3.Database
}

/** A store in memory, opened from the image of another, with faults where it writes. */
export function faultyConnections(
  image: Buffer,
  hooksOf: (connection: BetterSqlite3.Database) => WriteHooks,
): Connections {
  const connection = new BetterSqlite3(image)
  const hooks = hooksOf(connection)
  const transaction = connection.transaction.bind(connection)
  const prepare = connection.prepare.bind(connection)
  const tables = new Set<string>()
  /** Writes outside of a transaction: each is a commit of its own. */
  const prepared = (durable: boolean) =>
    remembering((sql) => {
      const statement = prepare(sql)
      if (statement.readonly) return statement
      const run = statement.run.bind(statement)
      const table = /^(?:insert into|update|delete from) "(\w+)"/.exec(sql)?.[1] ?? ''
      return Object.assign(statement, {
        run: (...values: unknown[]) => {
          if (connection.inTransaction) {
            tables.add(table)
            return run(...values)
          }
          hooks.writing()
          const result = run(...values)
          hooks.written(durable)
          return result
        },
      })
    })
  const relaxed = Object.assign(Object.create(connection), { prepare: prepared(false) })
  const durable = Object.assign(connection, {
    transaction: (work: () => unknown) => {
      const run = transaction(() => {
        work()
        hooks.committing()
      })
      const guarded = (native: () => void) => () => {
        tables.clear()
        try {
          native()
          hooks.committed(tables)
        } finally {
          hooks.left()
        }
      }
      return { immediate: guarded(() => run.immediate()), deferred: guarded(() => run.deferred()) }
    },
    prepare: prepared(true),
  })
  return { durable, relaxed }
}

/** Statements by their text: to prepare the same one again costs more than to run it. */
function remembering(prepare: (sql: string) => BetterSqlite3.Statement): (sql: string) => BetterSqlite3.Statement {
  const known = new Map<string, BetterSqlite3.Statement>()
  return (sql) => {
    const statement = known.get(sql) ?? prepare(sql)
    known.set(sql, statement)
    return statement
  }
}

/** As SQLite reports a disk that does not take what it is given. */
export function diskFailure(): Error {
  return new BetterSqlite3.SqliteError('disk I/O error (simulated)', 'SQLITE_IOERR')
}

export function isDiskFailure(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BetterSqlite3.SqliteError) return true
  return false
}
