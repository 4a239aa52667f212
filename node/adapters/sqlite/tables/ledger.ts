import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * Log entries, committed with the state they speak of. `position` is null until the sequencer has put the entry into the tree;
 * rows stay, so that the same statement is never entered twice.
 */
export const leafQueue = sqliteTable(
  'leaf_queue',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    kind: text('kind').notNull(),
    ref: text('ref').notNull(),
    bytes: blob('bytes', { mode: 'buffer' }).notNull(),
    queuedAt: integer('queued_at').notNull(),
    position: integer('position'),
  },
  (table) => [
    uniqueIndex('leaf_queue_ref').on(table.kind, table.ref),
    uniqueIndex('leaf_queue_position').on(table.position),
    index('leaf_queue_waiting')
      .on(table.id)
      .where(sql`position is null`),
  ],
)

/** Every tree head that was ever committed, newest last; the newest is the head that the next batch is compared with. */
export const ledgerHeads = sqliteTable('ledger_heads', {
  size: integer('size').primaryKey(),
  root: text('root').notNull(),
  checkpoint: text('checkpoint').notNull(),
  at: integer('at').notNull(),
})

/** Files of the newest tree that may not be on disk yet; written in the transaction that moves the head. */
export const ledgerStage = sqliteTable('ledger_stage', {
  path: text('path').primaryKey(),
  bytes: blob('bytes', { mode: 'buffer' }).notNull(),
})

/** Receipts that count: co-signed, signed alone because the counterpart has no receipt service, or refused by it. */
export const receipts = sqliteTable(
  'receipts',
  {
    id: text('id').primaryKey(),
    exchangeId: text('exchange_id').notNull(),
    seq: integer('seq').notNull(),
    type: text('type', { enum: ['AgreementFinalized', 'TransferStarted', 'TransferCompleted'] }).notNull(),
    state: text('state', { enum: ['co-signed', 'single', 'refused'] }).notNull(),
    counterpart: text('counterpart').notNull(),
    proposer: text('proposer', { enum: ['self', 'counterpart'] }).notNull(),
    pairSeq: integer('pair_seq').notNull(),
    nonce: text('nonce').notNull(),
    factsKey: text('facts_key').notNull(),
    envelope: text('envelope').notNull(),
    at: integer('at').notNull(),
  },
  (table) => [
    uniqueIndex('receipts_exchange')
      .on(table.exchangeId, table.seq)
      .where(sql`state <> 'refused'`),
    uniqueIndex('receipts_pair')
      .on(table.counterpart, table.proposer, table.pairSeq)
      .where(sql`state <> 'refused'`),
    uniqueIndex('receipts_nonce').on(table.nonce),
    uniqueIndex('receipts_facts').on(table.factsKey),
    index('receipts_at').on(table.at),
  ],
)

/** The one proposal per counterpart that was sent and not answered yet. */
export const receiptsPending = sqliteTable('receipts_pending', {
  counterpart: text('counterpart').primaryKey(),
  id: text('id').notNull(),
  exchangeId: text('exchange_id').notNull(),
  seq: integer('seq').notNull(),
  factsKey: text('facts_key').notNull(),
  envelope: text('envelope').notNull(),
  proofs: text('proofs').notNull(),
})

/** The secret of an exchange, sealed under the node key. */
export const exchangeSecrets = sqliteTable('exchange_secrets', {
  exchangeId: text('exchange_id').primaryKey(),
  sealed: blob('sealed', { mode: 'buffer' }).notNull(),
})

/** tlog-proofs of receipts in the counterpart's log, as it sent them. */
export const receiptProofs = sqliteTable(
  'receipt_proofs',
  {
    receiptId: text('receipt_id').notNull(),
    log: text('log').notNull(),
    proof: text('proof').notNull(),
  },
  (table) => [primaryKey({ columns: [table.receiptId, table.log] })],
)

/** DID documents of counterparts as they were when a receipt was made; the keys that an auditor checks receipts with. */
export const partyDocuments = sqliteTable(
  'party_documents',
  {
    did: text('did').notNull(),
    document: text('document').notNull(),
    retrievedAt: integer('retrieved_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.did, table.document] })],
)
