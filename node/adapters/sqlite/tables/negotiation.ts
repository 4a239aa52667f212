import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const negotiations = sqliteTable(
  'negotiations',
  {
    pid: text('pid').primaryKey(),
    role: text('role', { enum: ['consumer', 'provider'] }).notNull(),
    peer: text('peer').notNull(),
    peerPid: text('peer_pid'),
    state: text('state').notNull(),
    agreementId: text('agreement_id'),
    version: integer('version').notNull(),
    process: text('process').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('negotiations_of_peer').on(table.peer, table.peerPid),
    index('negotiations_answerable')
      .on(table.updatedAt)
      .where(sql`state in ('REQUESTED', 'OFFERED')`),
    index('negotiations_agreement').on(table.agreementId),
    index('negotiations_updated').on(table.updatedAt),
  ],
)

export const agreements = sqliteTable(
  'agreements',
  {
    id: text('id').notNull(),
    role: text('role', { enum: ['consumer', 'provider'] }).notNull(),
    datasetId: text('dataset_id').notNull(),
    record: text('record').notNull(),
    finalizedAt: integer('finalized_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.role] }),
    index('agreements_dataset').on(table.datasetId),
    index('agreements_finalized').on(table.finalizedAt),
  ],
)
