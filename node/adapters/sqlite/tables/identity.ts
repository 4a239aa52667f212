import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Identifiers of tokens and presentations that were used, until they would be refused for their age. */
export const usedTokens = sqliteTable(
  'used_tokens',
  {
    issuer: text('issuer').notNull(),
    tokenId: text('token_id').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.tokenId] }), index('used_tokens_expiry').on(table.expiresAt)],
)

export const accessGrants = sqliteTable(
  'access_grants',
  {
    hash: text('hash').primaryKey(),
    verifier: text('verifier').notNull(),
    scopes: text('scopes').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('access_grants_expiry').on(table.expiresAt)],
)

export const credentialRequests = sqliteTable('credential_requests', {
  holderPid: text('holder_pid').primaryKey(),
  issuer: text('issuer').notNull(),
  type: text('type').notNull(),
  format: text('format').notNull(),
  state: text('state', { enum: ['open', 'issued', 'rejected'] }).notNull(),
  delivery: text('delivery'),
  createdAt: integer('created_at').notNull(),
})

export const heldCredentials = sqliteTable(
  'held_credentials',
  {
    id: text('id').primaryKey(),
    holderPid: text('holder_pid')
      .notNull()
      .references(() => credentialRequests.holderPid),
    type: text('type').notNull(),
    issuer: text('issuer').notNull(),
    token: text('token').notNull(),
    validFrom: integer('valid_from').notNull(),
    validUntil: integer('valid_until').notNull(),
  },
  (table) => [index('held_credentials_expiry').on(table.validUntil)],
)
