import { and, asc, desc, eq, lt, sql } from 'drizzle-orm'
import { DatasetRecord } from '../../../schemas/datasets.ts'
import { DsseEnvelope } from '../../../schemas/ledger.ts'
import type { DatasetsStore, StoredDataset, StoredObject, StoredStatement } from '../../datasets/store.ts'
import type { Clock } from '../../ports/clock.ts'
import { writeEffects } from './commit.ts'
import type { Database, Transaction } from './open.ts'
import { datasetObjects, datasetOffers, datasets, datasetStatements } from './tables/datasets.ts'

type StatementRow = typeof datasetStatements.$inferSelect

export function createDatasetsStore(db: Database, clock: Clock): DatasetsStore {
  return { ...readers(db), ...catalogReaders(db), ...statementReaders(db), ...writers(db, clock) }
}

function readers(db: Database): Pick<DatasetsStore, 'get' | 'byName' | 'list' | 'ids'> {
  const columns = { record: datasets.record, revision: datasets.revision }
  const byId = db.orm
    .select(columns)
    .from(datasets)
    .where(eq(datasets.id, sql.placeholder('id')))
    .prepare()
  return {
    get: async (id) => stored(byId.get({ id })),
    byName: async (name, version) => {
      const named = eq(datasets.name, name)
      const where = version === undefined ? named : and(named, eq(datasets.version, version))
      return stored(db.orm.select(columns).from(datasets).where(where).orderBy(desc(datasets.createdAt)).limit(1).get())
    },
    list: async ({ limit, before }) => {
      const where = before === undefined ? undefined : lt(datasets.createdAt, before)
      const rows = db.orm
        .select({ id: datasets.id, record: datasets.record })
        .from(datasets)
        .where(where)
        .orderBy(desc(datasets.createdAt))
        .limit(limit)
        .all()
      const read = rows.map(({ id, record }) => ({ id, record: readable(record) }))
      return {
        records: read.flatMap(({ record }) => record ?? []),
        unreadable: read.filter(({ record }) => record === undefined).map(({ id }) => id),
      }
    },
    ids: async () =>
      db.orm
        .select({ id: datasets.id })
        .from(datasets)
        .all()
        .map(({ id }) => id),
  }
}

function catalogReaders(db: Database): Pick<DatasetsStore, 'published' | 'withOffer'> {
  const { id, createdAt, revision, state } = datasets
  const place = sql`(${sql.placeholder('createdAt')}, ${sql.placeholder('id')})`
  const published = () => db.orm.select({ id, createdAt, revision }).from(datasets).$dynamic()
  const after = published()
    .where(and(eq(state, 'published'), sql`(${createdAt}, ${id}) < ${place}`))
    .orderBy(desc(createdAt), desc(id))
    .limit(sql.placeholder('limit'))
    .prepare()
  const before = published()
    .where(and(eq(state, 'published'), sql`(${createdAt}, ${id}) > ${place}`))
    .orderBy(asc(createdAt), asc(id))
    .limit(sql.placeholder('limit'))
    .prepare()
  const withOffer = db.orm
    .select({ id })
    .from(datasetOffers)
    .innerJoin(datasets, eq(id, datasetOffers.datasetId))
    .where(eq(datasetOffers.offerId, sql.placeholder('offerId')))
    .orderBy(desc(createdAt), desc(id))
    .prepare()
  const start = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
  return {
    published: async ({ limit, ...range }) =>
      range.before === undefined
        ? after.all({ limit, ...(range.after ?? start) })
        : before.all({ limit, ...range.before }),
    withOffer: async (offerId) => withOffer.all({ offerId }).map((row) => row.id),
  }
}

function statementReaders(db: Database): Pick<DatasetsStore, 'object' | 'statement' | 'withdrawalOf'> {
  const object = db.orm
    .select()
    .from(datasetObjects)
    .where(eq(datasetObjects.sha256, sql.placeholder('sha256')))
    .prepare()
  const statement = db.orm
    .select()
    .from(datasetStatements)
    .where(eq(datasetStatements.id, sql.placeholder('id')))
    .prepare()
  return {
    object: async (sha256) => {
      const row = object.get({ sha256 })
      return row === undefined ? undefined : objectOf(row)
    },
    statement: async (id) => statementOf(statement.get({ id })),
    withdrawalOf: async (manifestId) => {
      const where = and(eq(datasetStatements.manifestId, manifestId), eq(datasetStatements.kind, 'withdrawal'))
      return statementOf(db.orm.select().from(datasetStatements).where(where).get())
    },
  }
}

function writers(db: Database, clock: Clock): Pick<DatasetsStore, 'insert' | 'change'> {
  return {
    insert: async (record) => {
      const { id, name, version, state } = record
      const row = { id, name, version, state, revision: 1, record: JSON.stringify(record) }
      return db.transaction((tx) => {
        const written = tx
          .insert(datasets)
          .values({ ...row, createdAt: Date.parse(record.createdAt) })
          .onConflictDoNothing()
          .run()
        if (written.changes !== 1) return 'conflict'
        writeOffers(tx, record)
        return 'committed'
      })
    },
    change: async ({ record, revision, objects = [], statement, effects = {} }) =>
      db.transaction((tx) => {
        const next = { state: record.state, record: JSON.stringify(record), revision: revision + 1 }
        const where = and(eq(datasets.id, record.id), eq(datasets.revision, revision))
        if (tx.update(datasets).set(next).where(where).run().changes !== 1) return 'conflict'
        writeOffers(tx, record)
        for (const object of objects) writeObject(tx, object)
        if (statement !== undefined) writeStatement(tx, statement, record)
        writeEffects(db, { effects, now: clock.now() })
        return 'committed'
      }),
  }
}

function writeOffers(tx: Transaction, { id, offers }: DatasetRecord): void {
  for (const offer of offers) {
    tx.insert(datasetOffers).values({ offerId: offer['@id'], datasetId: id }).onConflictDoNothing().run()
  }
}

function writeObject(tx: Transaction, { sha256, datasetId, size, mediaType }: StoredObject): void {
  tx.insert(datasetObjects).values({ sha256, datasetId, size, mediaType }).onConflictDoNothing().run()
}

function writeStatement(
  tx: Transaction,
  { id, kind, datasetId, envelope }: StoredStatement,
  record: DatasetRecord,
): void {
  const manifestId = kind === 'manifest' ? id : (record.manifestId ?? id)
  tx.insert(datasetStatements)
    .values({ id, kind, datasetId, manifestId, envelope: JSON.stringify(envelope) })
    .run()
}

function stored(row: { record: string; revision: number } | undefined): StoredDataset | undefined {
  return row === undefined ? undefined : { record: parsed(row.record), revision: row.revision }
}

function parsed(record: string): DatasetRecord {
  return DatasetRecord.parse(JSON.parse(record))
}

function readable(record: string): DatasetRecord | undefined {
  try {
    return parsed(record)
  } catch {
    return undefined
  }
}

function objectOf(row: typeof datasetObjects.$inferSelect): StoredObject {
  return { ...row, sha256: DatasetRecord.shape.datasetRoot.parse(row.sha256) }
}

function statementOf(row: StatementRow | undefined): StoredStatement | undefined {
  if (row === undefined) return undefined
  const { id, kind, datasetId, envelope } = row
  return { id, kind, datasetId, envelope: DsseEnvelope.parse(JSON.parse(envelope)) }
}
