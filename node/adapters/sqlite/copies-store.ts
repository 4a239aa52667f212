import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { CopyRecord } from '../../../schemas/copies.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CopiesStore, StoredCopy } from '../../transfer/copies-store.ts'
import { writeEffects } from './commit.ts'
import type { Database } from './open.ts'
import { copies } from './tables/copies.ts'

const MOST_OF_ONE = 1000

export function createCopiesStore(db: Database, clock: Clock): CopiesStore {
  const columns = { record: copies.record, revision: copies.revision }
  const byTransfer = db.orm
    .select(columns)
    .from(copies)
    .where(eq(copies.transferId, sql.placeholder('transferId')))
    .prepare()
  const where = (condition: SQL) =>
    db.orm.select(columns).from(copies).where(condition).orderBy(desc(copies.createdAt)).limit(MOST_OF_ONE).all()
  return {
    ...writers(db, clock),
    get: async (id) => where(eq(copies.id, id)).map(stored)[0],
    byTransfer: async (transferId) => {
      const row = byTransfer.get({ transferId })
      return row === undefined ? undefined : stored(row)
    },
    ofAgreement: async (agreementId) => where(eq(copies.agreementId, agreementId)).map(stored),
    ofManifest: async (manifestId) => where(eq(copies.manifestId, manifestId)).map(stored),
    list: async ({ limit, before }) => {
      const older = before === undefined ? undefined : lt(copies.createdAt, before)
      const rows = db.orm.select(columns).from(copies).where(older).orderBy(desc(copies.createdAt)).limit(limit).all()
      return rows.map((row) => stored(row).record)
    },
  }
}

function writers(db: Database, clock: Clock): Pick<CopiesStore, 'insert' | 'change'> {
  return {
    insert: async (record, effects = {}) =>
      db.transaction((tx) => {
        const { id, transferId, agreementId, manifestId, state } = record
        const row = { id, transferId, agreementId, manifestId, state, revision: 1, record: JSON.stringify(record) }
        const written = tx
          .insert(copies)
          .values({ ...row, createdAt: Date.parse(record.createdAt) })
          .onConflictDoNothing()
          .run()
        if (written.changes !== 1) return 'conflict'
        writeEffects(db, { effects, now: clock.now() })
        return 'committed'
      }),
    change: async ({ record, revision, effects = {} }) =>
      db.transaction((tx) => {
        const next = { state: record.state, record: JSON.stringify(record), revision: revision + 1 }
        const unchanged = and(eq(copies.id, record.id), eq(copies.revision, revision))
        if (tx.update(copies).set(next).where(unchanged).run().changes !== 1) return 'conflict'
        writeEffects(db, { effects, now: clock.now() })
        return 'committed'
      }),
  }
}

function stored(row: { record: string; revision: number }): StoredCopy {
  return { record: CopyRecord.parse(JSON.parse(row.record)), revision: row.revision }
}
