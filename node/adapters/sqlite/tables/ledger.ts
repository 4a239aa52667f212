import { blob, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Log entries committed with the state they speak of, waiting for the sequencer. */
export const leafQueue = sqliteTable(
  'leaf_queue',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    kind: text('kind').notNull(),
    ref: text('ref').notNull(),
    bytes: blob('bytes', { mode: 'buffer' }).notNull(),
    queuedAt: integer('queued_at').notNull(),
  },
  (table) => [uniqueIndex('leaf_queue_ref').on(table.kind, table.ref)],
)
