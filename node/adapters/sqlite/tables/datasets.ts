import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const datasets = sqliteTable(
  'datasets',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    state: text('state', { enum: ['draft', 'evaluated', 'published', 'withdrawn'] }).notNull(),
    revision: integer('revision').notNull(),
    record: text('record').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('datasets_name_version').on(table.name, table.version),
    index('datasets_catalog').on(table.state, table.createdAt, table.id, table.revision),
    index('datasets_created').on(table.createdAt),
  ],
)

/** Which datasets have or had an offer; whether one has it now is in its record. */
export const datasetOffers = sqliteTable(
  'dataset_offers',
  {
    offerId: text('offer_id').notNull(),
    datasetId: text('dataset_id')
      .notNull()
      .references(() => datasets.id),
  },
  (table) => [primaryKey({ columns: [table.offerId, table.datasetId] })],
)

/** Public documents by digest; their bytes are blobs. A document of two datasets has a row for each. */
export const datasetObjects = sqliteTable(
  'dataset_objects',
  {
    sha256: text('sha256').notNull(),
    datasetId: text('dataset_id')
      .notNull()
      .references(() => datasets.id),
    size: integer('size').notNull(),
    mediaType: text('media_type').notNull(),
  },
  (table) => [uniqueIndex('dataset_objects_digest').on(table.sha256, table.datasetId)],
)

/** Signed manifests and withdrawals, never changed. */
export const datasetStatements = sqliteTable(
  'dataset_statements',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['manifest', 'withdrawal'] }).notNull(),
    datasetId: text('dataset_id')
      .notNull()
      .references(() => datasets.id),
    /** Manifest that the statement is, or withdraws. */
    manifestId: text('manifest_id').notNull(),
    envelope: text('envelope').notNull(),
  },
  (table) => [uniqueIndex('dataset_statements_manifest').on(table.manifestId, table.kind)],
)
