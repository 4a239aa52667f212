import { and, desc, eq, lt, max, ne, notInArray, sql } from 'drizzle-orm'
import { Transfer } from '../../../schemas/transfer.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AccessToken, StoredTransfer, TransferStore } from '../../transfer/store.ts'
import { writeEffects } from './commit.ts'
import type { Database, Transaction } from './open.ts'
import { transfers } from './tables/transfer.ts'

export function createTransferStore(db: Database, clock: Clock): TransferStore {
  return { ...writers(db, clock), ...readers(db), ...underAgreement(db), ...tokenStore(db), ...sinkStore(db) }
}

function writers(db: Database, clock: Clock): Pick<TransferStore, 'insert' | 'change'> {
  return {
    insert: async (process, effects, sink) =>
      db.transaction((tx) => {
        const { pid, role, peer, agreementId } = process
        const sealedSink = sink === undefined ? null : Buffer.from(sink)
        const row = { pid, role, peer, agreementId, version: 1, sealedSink, ...changing(process) }
        if (tx.insert(transfers).values(row).onConflictDoNothing().run().changes !== 1) return 'conflict'
        writeEffects(db, { effects, now: clock.now() })
        return 'committed'
      }),
    change: async ({ process, version, token, sink, effects }) =>
      db.transaction((tx) => {
        const unchanged = and(eq(transfers.pid, process.pid), eq(transfers.version, version))
        const access =
          token === undefined ? {} : { tokenSha256: token?.sha256 ?? null, tokenExpiresAt: token?.expiresAt ?? null }
        const erased = sink === undefined ? {} : { sealedSink: sink }
        const next = { version: version + 1, ...changing(process), ...access, ...erased }
        if (process.role === 'provider' && process.use !== undefined && takenBy(tx, process) > 0) return 'conflict'
        if (tx.update(transfers).set(next).where(unchanged).run().changes !== 1) return 'conflict'
        writeEffects(db, { effects, now: clock.now() })
        return 'committed'
      }),
  }
}

/** Other transfers that hold the same ordinal: two pulls that start at once must not count as one. */
function takenBy(tx: Transaction, { pid, agreementId, use }: Transfer): number {
  const same = and(
    eq(transfers.agreementId, agreementId),
    eq(transfers.role, 'provider'),
    eq(transfers.use, use ?? 0),
    ne(transfers.pid, pid),
  )
  return tx.select({ pid: transfers.pid }).from(transfers).where(same).limit(1).all().length
}

function changing(process: Transfer) {
  return {
    peerPid: process.peerPid ?? null,
    state: process.state,
    use: process.use ?? null,
    process: JSON.stringify(process),
    updatedAt: Date.parse(process.updatedAt),
  }
}

function readers(db: Database): Pick<TransferStore, 'get' | 'ofConsumer' | 'list'> {
  const columns = { process: transfers.process, version: transfers.version }
  const { orm } = db
  const byPid = orm
    .select(columns)
    .from(transfers)
    .where(eq(transfers.pid, sql.placeholder('pid')))
    .prepare()
  const ofConsumer = orm
    .select(columns)
    .from(transfers)
    .where(
      and(
        eq(transfers.role, 'provider'),
        eq(transfers.peer, sql.placeholder('peer')),
        eq(transfers.peerPid, sql.placeholder('peerPid')),
      ),
    )
    .prepare()
  return {
    get: async (pid) => byPid.all({ pid }).map(stored)[0],
    ofConsumer: async (peer, peerPid) => ofConsumer.all({ peer, peerPid }).map(stored)[0],
    list: async ({ limit, before }) =>
      orm
        .select(columns)
        .from(transfers)
        .where(before === undefined ? undefined : lt(transfers.updatedAt, before))
        .orderBy(desc(transfers.updatedAt))
        .limit(limit)
        .all()
        .map((row) => stored(row).process),
  }
}

function underAgreement({ orm }: Database): Pick<TransferStore, 'running' | 'uses' | 'ofAgreement'> {
  const columns = { process: transfers.process, version: transfers.version }
  return {
    running: async ({ agreementId, role }) =>
      orm
        .select(columns)
        .from(transfers)
        .where(
          and(
            eq(transfers.agreementId, agreementId),
            eq(transfers.role, role),
            notInArray(transfers.state, ['COMPLETED', 'TERMINATED']),
          ),
        )
        .all()
        .map(stored),
    ofAgreement: async (agreementId) =>
      orm
        .select(columns)
        .from(transfers)
        .where(eq(transfers.agreementId, agreementId))
        .limit(1000)
        .all()
        .map((row) => stored(row).process),
    uses: async (agreementId) => {
      const own = and(eq(transfers.agreementId, agreementId), eq(transfers.role, 'provider'))
      return (
        orm
          .select({ most: max(transfers.use) })
          .from(transfers)
          .where(own)
          .get()?.most ?? 0
      )
    },
  }
}

function tokenStore(db: Database): Pick<TransferStore, 'access' | 'extend'> {
  const access = db.orm
    .select({
      version: transfers.version,
      sha256: transfers.tokenSha256,
      expiresAt: transfers.tokenExpiresAt,
    })
    .from(transfers)
    .where(eq(transfers.pid, sql.placeholder('pid')))
    .prepare()
  return {
    access: async (pid) => {
      const row = access.get({ pid })
      if (row === undefined) return undefined
      const { version, sha256, expiresAt } = row
      const token: AccessToken | undefined = sha256 === null || expiresAt === null ? undefined : { sha256, expiresAt }
      return { version, token }
    },
    extend: async (pid, { sha256, expiresAt }) => {
      db.orm
        .update(transfers)
        .set({ tokenExpiresAt: expiresAt })
        .where(and(eq(transfers.pid, pid), eq(transfers.tokenSha256, sha256)))
        .run()
    },
  }
}

function sinkStore({ orm }: Database): Pick<TransferStore, 'sink' | 'eraseSink'> {
  const of = (pid: string) => eq(transfers.pid, pid)
  return {
    sink: async (pid) => {
      const row = orm.select({ sealed: transfers.sealedSink }).from(transfers).where(of(pid)).get()
      return row?.sealed ?? undefined
    },
    eraseSink: async (pid) => {
      orm.update(transfers).set({ sealedSink: null }).where(of(pid)).run()
    },
  }
}

function stored(row: { readonly process: string; readonly version: number }): StoredTransfer {
  return { process: Transfer.parse(JSON.parse(row.process)), version: row.version }
}
