import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Outbox and job queue in one: rows appear in the transaction that wants the work done. */
export const jobs = sqliteTable(
  'jobs',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    queue: text('queue').notNull(),
    key: text('key').notNull(),
    payload: text('payload').notNull(),
    dedupe: text('dedupe'),
    state: text('state', { enum: ['ready', 'dead'] }).notNull(),
    runAt: integer('run_at').notNull(),
    createdAt: integer('created_at').notNull(),
    attempts: integer('attempts').notNull(),
    error: text('error'),
    failedAt: integer('failed_at'),
  },
  (table) => [
    index('jobs_ready')
      .on(table.runAt, table.id)
      .where(sql`state = 'ready'`),
    index('jobs_key')
      .on(table.queue, table.key, table.id)
      .where(sql`state = 'ready'`),
    uniqueIndex('jobs_dedupe')
      .on(table.queue, table.dedupe)
      .where(sql`state = 'ready' and dedupe is not null`),
  ],
)
