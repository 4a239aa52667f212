import type { Effects } from '../../ports/effects.ts'
import type { Database, Transaction } from './open.ts'
import { leafQueue } from './tables/ledger.ts'
import { jobs } from './tables/queue.ts'

const longestLeaf = 65_535

/**
 * Writes the jobs and log entries of a commit inside its transaction `tx`, and wakes their workers once it is durable.
 * A leaf with a kind and ref that were queued before is the same statement again and is ignored.
 */
export function writeEffects(db: Database, tx: Transaction, { effects, now }: { effects: Effects; now: number }): void {
  for (const job of effects.jobs ?? []) {
    tx.insert(jobs)
      .values({
        queue: job.queue,
        key: job.key,
        payload: JSON.stringify(job.payload),
        dedupe: job.dedupe ?? null,
        state: 'ready',
        runAt: job.runAt ?? now,
        createdAt: now,
        attempts: 0,
      })
      .onConflictDoNothing()
      .run()
    db.effectsWritten()
  }
  for (const leaf of effects.leaves ?? []) {
    if (leaf.bytes.length > longestLeaf) throw new Error(`a ${leaf.kind} leaf is longer than ${longestLeaf} bytes`)
    tx.insert(leafQueue)
      .values({ kind: leaf.kind, ref: leaf.ref, bytes: Buffer.from(leaf.bytes), queuedAt: now })
      .onConflictDoNothing()
      .run()
    db.effectsWritten()
  }
}
