import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const transfers = sqliteTable(
  'transfers',
  {
    pid: text('pid').primaryKey(),
    role: text('role', { enum: ['consumer', 'provider'] }).notNull(),
    peer: text('peer').notNull(),
    peerPid: text('peer_pid'),
    agreementId: text('agreement_id').notNull(),
    state: text('state').notNull(),
    use: integer('use'),
    tokenSha256: text('token_sha256'),
    tokenExpiresAt: integer('token_expires_at'),
    version: integer('version').notNull(),
    process: text('process').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('transfers_of_consumer')
      .on(table.peer, table.peerPid)
      .where(sql`role = 'provider'`),
    index('transfers_agreement').on(table.agreementId),
    index('transfers_updated').on(table.updatedAt),
  ],
)
