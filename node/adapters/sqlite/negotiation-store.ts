import { and, desc, eq, lt, or, sql } from 'drizzle-orm'
import { AgreementRecord, Negotiation } from '../../../schemas/negotiation.ts'
import type { NegotiationStore, StoredNegotiation } from '../../negotiation/store.ts'
import type { Clock } from '../../ports/clock.ts'
import { writeEffects } from './commit.ts'
import type { Database } from './open.ts'
import { agreements, negotiations } from './tables/negotiation.ts'

export function createNegotiationStore(db: Database, clock: Clock): NegotiationStore {
  return { ...writers(db, clock), ...readers(db), ...agreementStore(db) }
}

function writers(db: Database, clock: Clock): Pick<NegotiationStore, 'insert' | 'change'> {
  return {
    insert: async (process, effects) =>
      db.transaction((tx) => {
        const row = { pid: process.pid, role: process.role, peer: process.peer, version: 1, ...changing(process) }
        const { role, peer, peerPid } = row
        const sameProcess = and(
          eq(negotiations.role, role),
          eq(negotiations.peer, peer),
          eq(negotiations.peerPid, peerPid ?? ''),
        )
        if (
          peerPid !== null &&
          tx.select({ pid: negotiations.pid }).from(negotiations).where(sameProcess).get() !== undefined
        ) {
          return 'conflict'
        }
        if (tx.insert(negotiations).values(row).onConflictDoNothing().run().changes !== 1) return 'conflict'
        writeEffects(db, tx, { effects, now: clock.now() })
        return 'committed'
      }),
    change: async ({ process, version, agreement, effects }) =>
      db.transaction((tx) => {
        const unchanged = and(eq(negotiations.pid, process.pid), eq(negotiations.version, version))
        const next = { version: version + 1, ...changing(process) }
        if (tx.update(negotiations).set(next).where(unchanged).run().changes !== 1) return 'conflict'
        if (agreement !== undefined) {
          const { id, role, datasetId } = agreement
          const finalizedAt = Date.parse(agreement.finalizedAt)
          const row = { id, role, datasetId, finalizedAt, record: JSON.stringify(agreement) }
          tx.insert(agreements).values(row).onConflictDoNothing().run()
        }
        writeEffects(db, tx, { effects, now: clock.now() })
        return 'committed'
      }),
  }
}

function changing(process: Negotiation) {
  return {
    peerPid: process.peerPid ?? null,
    state: process.state,
    agreementId: (process.agreement ?? process.pending?.agreement)?.['@id'] ?? null,
    process: JSON.stringify(process),
    updatedAt: Date.parse(process.updatedAt),
  }
}

function readers(db: Database): Pick<NegotiationStore, 'get' | 'ofPeer' | 'answerable' | 'ofAgreement' | 'list'> {
  const columns = { process: negotiations.process, version: negotiations.version }
  const { orm } = db
  const byPid = orm
    .select(columns)
    .from(negotiations)
    .where(eq(negotiations.pid, sql.placeholder('pid')))
    .prepare()
  const ofPeer = orm
    .select(columns)
    .from(negotiations)
    .where(
      and(
        eq(negotiations.role, sql.placeholder('role')),
        eq(negotiations.peer, sql.placeholder('peer')),
        eq(negotiations.peerPid, sql.placeholder('peerPid')),
      ),
    )
    .prepare()
  const ofAgreement = orm
    .select(columns)
    .from(negotiations)
    .where(eq(negotiations.agreementId, sql.placeholder('id')))
    .prepare()
  return {
    get: async (pid) => stored(byPid.get({ pid })),
    ofPeer: async (peer) => stored(ofPeer.get(peer)),
    answerable: async (limit) =>
      orm
        .select(columns)
        .from(negotiations)
        .where(answerable)
        .orderBy(desc(negotiations.updatedAt))
        .limit(limit)
        .all()
        .map((row) => parsed(row).process)
        .filter(({ pending }) => pending === undefined),
    ofAgreement: async (id) => stored(ofAgreement.get({ id })),
    list: async ({ limit, before }) =>
      orm
        .select(columns)
        .from(negotiations)
        .where(before === undefined ? undefined : lt(negotiations.updatedAt, before))
        .orderBy(desc(negotiations.updatedAt))
        .limit(limit)
        .all()
        .map((row) => parsed(row).process),
  }
}

function agreementStore(db: Database): Pick<NegotiationStore, 'agreement' | 'agreements' | 'revoke'> {
  const { orm } = db
  const columns = { record: agreements.record }
  const byId = orm
    .select(columns)
    .from(agreements)
    .where(eq(agreements.id, sql.placeholder('id')))
    .prepare()
  return {
    agreement: async (id) => {
      const row = byId.get({ id })
      return row === undefined ? undefined : record(row)
    },
    agreements: async ({ limit, before }) =>
      orm
        .select(columns)
        .from(agreements)
        .where(before === undefined ? undefined : lt(agreements.finalizedAt, before))
        .orderBy(desc(agreements.finalizedAt))
        .limit(limit)
        .all()
        .map(record),
    revoke: async (datasetId, revoked) =>
      db.transaction((tx) => {
        const own = and(eq(agreements.datasetId, datasetId), eq(agreements.role, 'provider'))
        const held = tx.select(columns).from(agreements).where(own).all().map(record)
        return held.map((agreement): AgreementRecord => {
          if (agreement.revoked !== undefined) return agreement
          const next = { ...agreement, revoked }
          const same = and(eq(agreements.id, agreement.id), eq(agreements.role, 'provider'))
          tx.update(agreements)
            .set({ record: JSON.stringify(next) })
            .where(same)
            .run()
          return next
        })
      }),
  }
}

/** The first line is what the index has; it is repeated for the planner. */
const answerable = and(
  sql`${negotiations.state} in ('REQUESTED', 'OFFERED')`,
  or(
    and(eq(negotiations.role, 'provider'), eq(negotiations.state, 'REQUESTED')),
    and(eq(negotiations.role, 'consumer'), eq(negotiations.state, 'OFFERED')),
  ),
)

interface Row {
  readonly process: string
  readonly version: number
}

function record(row: { readonly record: string }): AgreementRecord {
  return AgreementRecord.parse(JSON.parse(row.record))
}

function parsed(row: Row): StoredNegotiation {
  return { process: Negotiation.parse(JSON.parse(row.process)), version: row.version }
}

function stored(row: Row | undefined): StoredNegotiation | undefined {
  return row === undefined ? undefined : parsed(row)
}
