import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Seed sets by name and commitment. Nothing that depends on a row's content or on the number of rows is in this database. */
export const seedSets = sqliteTable(
  'seed_sets',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    state: text('state', { enum: ['imported', 'erased'] }).notNull(),
    format: text('format').notNull(),
    detailsVersion: integer('details_version').notNull(),
    commitment: text('commitment').notNull(),
    cap: text('cap').notNull(),
    createdAt: integer('created_at').notNull(),
    erasedAt: integer('erased_at'),
  },
  (table) => [
    uniqueIndex('seed_sets_name')
      .on(table.name)
      .where(sql`state = 'imported'`),
    index('seed_sets_created').on(table.createdAt),
  ],
)

/** One line per run that was ever allowed to measure; never changed, never removed. */
export const budgetEntries = sqliteTable(
  'budget_entries',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    seedSetId: text('seed_set_id')
      .notNull()
      .references(() => seedSets.id),
    runId: text('run_id').notNull().unique(),
    recipe: text('recipe').notNull(),
    epsilon: text('epsilon').notNull(),
    delta: text('delta').notNull(),
    rho: text('rho').notNull(),
    at: integer('at').notNull(),
  },
  (table) => [index('budget_entries_seed_set').on(table.seedSetId, table.id)],
)

export const runs = sqliteTable(
  'runs',
  {
    id: text('id').primaryKey(),
    state: text('state').notNull(),
    version: integer('version').notNull(),
    run: text('run').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('runs_created').on(table.createdAt)],
)

/** Which seed sets a run reads. */
export const runSeedSets = sqliteTable(
  'run_seed_sets',
  {
    seedSetId: text('seed_set_id')
      .notNull()
      .references(() => seedSets.id),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id),
  },
  (table) => [primaryKey({ columns: [table.seedSetId, table.runId] })],
)

/** Persona packs by name; their records lie sealed in files. */
export const personaPacks = sqliteTable(
  'persona_packs',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    state: text('state', { enum: ['kept', 'erased'] }).notNull(),
    pack: text('pack').notNull(),
    createdAt: integer('created_at').notNull(),
    erasedAt: integer('erased_at'),
  },
  (table) => [
    uniqueIndex('persona_packs_name')
      .on(table.name)
      .where(sql`state = 'kept'`),
    index('persona_packs_created').on(table.createdAt),
  ],
)
