import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** At most one row: a node is in one space. */
export const spaces = sqliteTable('spaces', {
  id: integer('id').primaryKey(),
  role: text('role', { enum: ['authority', 'member'] }).notNull(),
  authority: text('authority').notNull(),
  name: text('name').notNull(),
  since: integer('since').notNull(),
})

/** Signed documents by exact text; every version of a rulebook, the newest of the lists. */
export const governanceDocuments = sqliteTable(
  'governance_documents',
  {
    kind: text('kind', { enum: ['rulebook', 'trust-list', 'participant-list'] }).notNull(),
    authority: text('authority').notNull(),
    sequence: integer('sequence').notNull(),
    text: text('text').notNull(),
    storedAt: integer('stored_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.authority, table.sequence] })],
)

export const invitations = sqliteTable('invitations', {
  codeHash: text('code_hash').primaryKey(),
  name: text('name').notNull(),
  did: text('did'),
  expiresAt: integer('expires_at').notNull(),
  usedBy: text('used_by'),
  usedAt: integer('used_at'),
  createdAt: integer('created_at').notNull(),
})

export const members = sqliteTable('members', {
  did: text('did').primaryKey(),
  name: text('name').notNull(),
  state: text('state', { enum: ['active', 'revoked'] }).notNull(),
  since: integer('since').notNull(),
  revokedAt: integer('revoked_at'),
  reason: text('reason'),
})

export const issuances = sqliteTable(
  'issuances',
  {
    issuerPid: text('issuer_pid').primaryKey(),
    holderPid: text('holder_pid').notNull(),
    holder: text('holder').notNull(),
    token: text('token').notNull(),
    statusIndex: integer('status_index'),
    validUntil: integer('valid_until').notNull(),
    revokedAt: integer('revoked_at'),
    state: text('state', { enum: ['received', 'issued', 'rejected'] }).notNull(),
    echo: text('echo'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('issuances_holder_pid').on(table.holder, table.holderPid),
    uniqueIndex('issuances_status_index')
      .on(table.statusIndex)
      .where(sql`status_index is not null`),
    index('issuances_expiry').on(table.validUntil),
  ],
)
