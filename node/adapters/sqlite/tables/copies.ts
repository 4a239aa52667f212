import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const copies = sqliteTable(
  'copies',
  {
    id: text('id').primaryKey(),
    transferId: text('transfer_id').notNull().unique(),
    agreementId: text('agreement_id').notNull(),
    manifestId: text('manifest_id'),
    state: text('state', { enum: ['pulling', 'complete', 'failed'] }).notNull(),
    revision: integer('revision').notNull(),
    record: text('record').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('copies_agreement').on(table.agreementId),
    index('copies_manifest').on(table.manifestId),
    index('copies_created').on(table.createdAt),
  ],
)
