import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** How often each dataset was evaluated and where its last full report lies, sealed. */
export const evaluations = sqliteTable('evaluations', {
  datasetId: text('dataset_id').primaryKey(),
  attempts: integer('attempts').notNull(),
  reportPath: text('report_path'),
  evaluatedAt: integer('evaluated_at'),
})
