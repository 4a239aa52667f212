import { sql } from 'drizzle-orm'
import type { Effects } from '../../ports/effects.ts'
import type { Database } from './open.ts'
import { leafQueue } from './tables/ledger.ts'
import { jobs } from './tables/queue.ts'

const longestLeaf = 65_535

/** Prepared once for each database; what is prepared on a connection runs inside its open transaction. */
const prepared = new WeakMap<Database, ReturnType<typeof prepare>>()

function prepare({ orm }: Database) {
  const { placeholder } = sql
  return {
    job: orm
      .insert(jobs)
      .values({
        queue: placeholder('queue'),
        key: placeholder('key'),
        payload: placeholder('payload'),
        dedupe: placeholder('dedupe'),
        state: 'ready',
        runAt: placeholder('runAt'),
        createdAt: placeholder('now'),
        attempts: 0,
      })
      .onConflictDoNothing()
      .prepare(),
    leaf: orm
      .insert(leafQueue)
      .values({
        kind: placeholder('kind'),
        ref: placeholder('ref'),
        bytes: placeholder('bytes'),
        queuedAt: placeholder('now'),
      })
      .onConflictDoNothing()
      .prepare(),
  }
}

/**
 * Writes the jobs and log entries of a commit; called inside its transaction, and wakes their workers once it is durable.
 * A leaf with a kind and ref that were queued before is the same statement again and is ignored.
 */
export function writeEffects(db: Database, { effects, now }: { effects: Effects; now: number }): void {
  const statements = prepared.get(db) ?? prepare(db)
  prepared.set(db, statements)
  for (const { queue, key, payload, dedupe = null, runAt = now } of effects.jobs ?? []) {
    statements.job.run({ queue, key, payload: JSON.stringify(payload), dedupe, runAt, now })
    db.effectsWritten()
  }
  for (const { kind, ref, bytes } of effects.leaves ?? []) {
    if (bytes.length > longestLeaf) throw new Error(`a ${kind} leaf is longer than ${longestLeaf} bytes`)
    statements.leaf.run({ kind, ref, bytes: Buffer.from(bytes), now })
    db.effectsWritten()
  }
}
