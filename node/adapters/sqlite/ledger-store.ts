import { and, asc, count, desc, eq, isNull, lte, sql } from 'drizzle-orm'
import * as z from 'zod'
import type { LedgerStore, LogBatch, LogHead } from '../../ledger/store.ts'
import type { Database, Transaction } from './open.ts'
import { leafQueue, ledgerHeads, ledgerStage } from './tables/ledger.ts'

const headColumns = { size: ledgerHeads.size, root: ledgerHeads.root, checkpoint: ledgerHeads.checkpoint }

function prepare({ orm }: Database) {
  return {
    queued: orm
      .select({ id: leafQueue.id, kind: leafQueue.kind, ref: leafQueue.ref, bytes: leafQueue.bytes })
      .from(leafQueue)
      .where(isNull(leafQueue.position))
      .orderBy(asc(leafQueue.id))
      .limit(sql.placeholder('limit'))
      .prepare(),
    count: orm.select({ leaves: count() }).from(leafQueue).where(isNull(leafQueue.position)).prepare(),
    head: orm.select(headColumns).from(ledgerHeads).orderBy(desc(ledgerHeads.size)).limit(1).prepare(),
    position: orm
      .select({ position: leafQueue.position })
      .from(leafQueue)
      .where(and(eq(leafQueue.kind, sql.placeholder('kind')), eq(leafQueue.ref, sql.placeholder('ref'))))
      .prepare(),
  }
}

/** Writes the batch unless another one came between. */
function writeBatch(tx: Transaction, { from, head, leafIds, files, at }: LogBatch): boolean {
  const current = tx.select(headColumns).from(ledgerHeads).orderBy(desc(ledgerHeads.size)).limit(1).get()
  if (current?.size !== from?.size || current?.root !== from?.root) return false
  tx.insert(ledgerHeads)
    .values({ ...head, at })
    .run()
  for (const [offset, id] of leafIds.entries()) {
    const position = (from?.size ?? 0) + offset
    const written = tx
      .update(leafQueue)
      .set({ position })
      .where(and(eq(leafQueue.id, id), isNull(leafQueue.position)))
      .run()
    if (written.changes !== 1) throw new Error('a leaf of the batch already has a position')
  }
  tx.delete(ledgerStage).run()
  for (const { path, bytes } of files) {
    tx.insert(ledgerStage)
      .values({ path, bytes: Buffer.from(bytes) })
      .run()
  }
  return true
}

const Head = z.object({ size: z.int(), root: z.string(), checkpoint: z.string() })

/** Every n-th head and the last, so that at most `limit` rows are read into memory. */
function thinnedHeads({ orm }: Database, limit: number, upTo: number): LogHead[] {
  const total = orm.select({ heads: count() }).from(ledgerHeads).where(lte(ledgerHeads.size, upTo)).get()?.heads ?? 0
  const step = Math.max(1, Math.ceil((total - 1) / Math.max(1, limit - 1)))
  const numbered = sql`select size, root, checkpoint, row_number() over (order by size) - 1 as n
    from ${ledgerHeads} where size <= ${upTo}`
  const rows = orm.all(
    sql`select size, root, checkpoint from (${numbered}) where n % ${step} = 0 or n = ${total - 1} order by size`,
  )
  return z.array(Head).parse(rows)
}

export function createLedgerStore(db: Database): LedgerStore {
  const prepared = prepare(db)
  return {
    queued: async (limit) =>
      prepared.queued.all({ limit }).map(({ bytes, ...leaf }) => ({ ...leaf, bytes: Uint8Array.from(bytes) })),
    queuedCount: async () => prepared.count.get()?.leaves ?? 0,
    head: async () => prepared.head.get(),
    commitBatch: async (batch) => ((await db.transaction((tx) => writeBatch(tx, batch))) ? 'committed' : 'conflict'),
    staged: async () =>
      db.orm
        .select({ path: ledgerStage.path, bytes: ledgerStage.bytes })
        .from(ledgerStage)
        .orderBy(asc(ledgerStage.path))
        .all()
        .map(({ path, bytes }) => ({ path, bytes: Uint8Array.from(bytes) })),
    clearStage: async () => {
      db.orm.delete(ledgerStage).run()
    },
    position: async (kind, ref) => prepared.position.get({ kind, ref })?.position ?? undefined,
    heads: async (limit, upTo) => thinnedHeads(db, limit, upTo),
  }
}
