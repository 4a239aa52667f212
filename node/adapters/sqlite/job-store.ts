import { and, asc, eq, gt, lte, min, sql } from 'drizzle-orm'
import * as z from 'zod'
import type { JobStore, StoredJob } from '../queue-in-process/job-store.ts'
import type { Database } from './open.ts'
import { jobs } from './tables/queue.ts'

const batch = 256

function prepareJobStatements(db: Database) {
  const due = db.orm
    .select({
      id: jobs.id,
      queue: jobs.queue,
      key: jobs.key,
      payload: jobs.payload,
      attempts: jobs.attempts,
      createdAt: jobs.createdAt,
    })
    .from(jobs)
    .where(
      and(
        eq(jobs.state, 'ready'),
        lte(jobs.runAt, sql.placeholder('now')),
        sql`${jobs.id} = (select min(j.id) from jobs j where j.state = 'ready' and j.queue = ${jobs.queue} and j.key = ${jobs.key})`,
      ),
    )
    .orderBy(asc(jobs.id))
    .limit(sql.placeholder('limit'))
    .prepare()
  const next = db.orm
    .select({ at: min(jobs.runAt) })
    .from(jobs)
    .where(and(eq(jobs.state, 'ready'), gt(jobs.runAt, sql.placeholder('now'))))
    .prepare()
  // A job whose end is lost in a power cut runs again, as after a crash before its end.
  const remove = db.relaxed
    .delete(jobs)
    .where(eq(jobs.id, sql.placeholder('id')))
    .prepare()
  return { due, next, remove }
}

function listDeadLetters(db: Database) {
  return db.orm
    .select({
      id: jobs.id,
      queue: jobs.queue,
      key: jobs.key,
      error: jobs.error,
      attempts: jobs.attempts,
      failedAt: jobs.failedAt,
    })
    .from(jobs)
    .where(eq(jobs.state, 'dead'))
    .orderBy(asc(jobs.id))
    .limit(1000)
    .all()
    .map((row) => ({ ...row, id: String(row.id), error: row.error ?? '', failedAt: row.failedAt ?? 0 }))
}

export function createJobStore(db: Database): JobStore {
  const { due, next, remove } = prepareJobStatements(db)
  return {
    due: (now, busy) =>
      due
        .all({ now, limit: batch + busy.size })
        .filter((row) => !busy.has(`${row.queue}\0${row.key}`))
        .map((row): StoredJob => ({ ...row, payload: z.unknown().parse(JSON.parse(row.payload)) })),
    nextDueAt: (now) => next.get({ now })?.at ?? undefined,
    done: (id) => void remove.run({ id }),
    retry: (id, { runAt, error }) =>
      void db.relaxed
        .update(jobs)
        .set({ runAt, error, attempts: sql`${jobs.attempts} + 1` })
        .where(eq(jobs.id, id))
        .run(),
    bury: (id, { failedAt, error }) =>
      void db.orm
        .update(jobs)
        .set({ state: 'dead', error, failedAt, attempts: sql`${jobs.attempts} + 1` })
        .where(eq(jobs.id, id))
        .run(),
    deadLetters: () => listDeadLetters(db),
    revive: (id, now) =>
      db.orm
        .update(jobs)
        .set({ state: 'ready', runAt: now, createdAt: now, attempts: 0, failedAt: null })
        .where(and(eq(jobs.id, id), eq(jobs.state, 'dead')))
        .run().changes > 0,
    onJobs: (listener) => db.onEffects(listener),
  }
}
