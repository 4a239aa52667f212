import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

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
    sealedSink: blob('sealed_sink', { mode: 'buffer' }),
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

export const pushedFiles = sqliteTable(
  'pushed_files',
  {
    transferId: text('transfer_id').notNull(),
    name: text('name').notNull(),
    file: text('file').notNull(),
  },
  (table) => [primaryKey({ columns: [table.transferId, table.name] })],
)
