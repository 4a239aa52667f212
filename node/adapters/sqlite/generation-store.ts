import { and, asc, count, desc, eq, inArray } from 'drizzle-orm'
import * as z from 'zod'
import { instantOf } from '../../../protocol/instant.ts'
import { BudgetEntry } from '../../../schemas/generation.ts'
import { SeedSet, type SeedSetId } from '../../../schemas/seeds.ts'
import { Run } from '../../../schemas/runs.ts'
import type { Charge, GenerationStore } from '../../generation/store.ts'
import type { Clock } from '../../ports/clock.ts'
import { writeEffects } from './commit.ts'
import type { Database, Transaction } from './open.ts'
import { budgetEntries, runs, runSeedSets, seedSets } from './tables/generation.ts'

const seedSetColumns = {
  id: seedSets.id,
  name: seedSets.name,
  state: seedSets.state,
  format: seedSets.format,
  detailsVersion: seedSets.detailsVersion,
  commitment: seedSets.commitment,
  cap: seedSets.cap,
  createdAt: seedSets.createdAt,
  erasedAt: seedSets.erasedAt,
}
type SeedSetRow = typeof seedSets.$inferSelect

const parsed = (text: string): unknown => z.unknown().parse(JSON.parse(text))

function seedSetOf({ erasedAt, ...row }: SeedSetRow): SeedSet {
  return SeedSet.parse({
    ...row,
    commitment: parsed(row.commitment),
    cap: parsed(row.cap),
    createdAt: instantOf(row.createdAt),
    ...(erasedAt === null ? {} : { erasedAt: instantOf(erasedAt) }),
  })
}

/** Writes the line unless another one came between; the unique run id keeps a run from being charged twice. */
function writeCharge(tx: Transaction, { seedSetId, entry, expectedEntries }: Charge): boolean {
  const found = tx.select({ lines: count() }).from(budgetEntries).where(eq(budgetEntries.seedSetId, seedSetId)).get()
  if (found?.lines !== expectedEntries) return false
  const written = tx
    .insert(budgetEntries)
    .values({ ...entry, seedSetId, at: Date.parse(entry.at) })
    .onConflictDoNothing()
    .run()
  return written.changes === 1
}

class Conflict extends Error {}

async function atomically(db: Database, work: (tx: Transaction) => void): Promise<'committed' | 'conflict'> {
  try {
    await db.transaction(work)
    return 'committed'
  } catch (error) {
    if (error instanceof Conflict) return 'conflict'
    throw error
  }
}

type SeedSetMethods = Pick<GenerationStore, 'addSeedSet' | 'seedSet' | 'seedSets' | 'replaceDetails'>

function seedSetMethods(db: Database): SeedSetMethods {
  return {
    addSeedSet: async (set, effects) =>
      atomically(db, (tx) => {
        const written = tx
          .insert(seedSets)
          .values({
            ...set,
            commitment: JSON.stringify(set.commitment),
            cap: JSON.stringify(set.cap),
            createdAt: Date.parse(set.createdAt),
            erasedAt: null,
          })
          .onConflictDoNothing()
          .run()
        if (written.changes === 0) throw new Conflict()
        writeEffects(db, { effects, now: Date.parse(set.createdAt) })
      }),
    seedSet: async (reference) => {
      const from = () => db.orm.select(seedSetColumns).from(seedSets)
      const row =
        from().where(eq(seedSets.id, reference)).get() ??
        from()
          .where(and(eq(seedSets.name, reference), eq(seedSets.state, 'imported')))
          .get() ??
        from().where(eq(seedSets.name, reference)).orderBy(desc(seedSets.erasedAt)).get()
      return row === undefined ? undefined : seedSetOf(row)
    },
    seedSets: async (limit) =>
      db.orm.select(seedSetColumns).from(seedSets).orderBy(desc(seedSets.createdAt)).limit(limit).all().map(seedSetOf),
    replaceDetails: async (id, { from, to }) => {
      const written = db.orm
        .update(seedSets)
        .set({ detailsVersion: to })
        .where(and(eq(seedSets.id, id), eq(seedSets.detailsVersion, from), eq(seedSets.state, 'imported')))
        .run()
      return written.changes === 1 ? 'committed' : 'conflict'
    },
  }
}

/** Oldest first. */
function readBudgetEntries(db: Database, id: string): BudgetEntry[] {
  return db.orm
    .select({
      runId: budgetEntries.runId,
      recipe: budgetEntries.recipe,
      epsilon: budgetEntries.epsilon,
      delta: budgetEntries.delta,
      rho: budgetEntries.rho,
      at: budgetEntries.at,
    })
    .from(budgetEntries)
    .where(eq(budgetEntries.seedSetId, id))
    .orderBy(asc(budgetEntries.id))
    .all()
    .map((row) => BudgetEntry.parse({ ...row, at: instantOf(row.at) }))
}

function readersOf(db: Database, seedSetId: SeedSetId) {
  return db.orm.select({ id: runSeedSets.runId }).from(runSeedSets).where(eq(runSeedSets.seedSetId, seedSetId))
}

export function createGenerationStore(db: Database, clock: Clock): GenerationStore {
  const runOf = (row: { run: string }): Run => Run.parse(parsed(row.run))
  return {
    ...seedSetMethods(db),
    eraseSeedSet: async (id, erasedAt, effects) =>
      atomically(db, (tx) => {
        const written = tx
          .update(seedSets)
          .set({ state: 'erased', erasedAt: Date.parse(erasedAt) })
          .where(and(eq(seedSets.id, id), eq(seedSets.state, 'imported')))
          .run()
        if (written.changes === 0) throw new Conflict()
        writeEffects(db, { effects, now: Date.parse(erasedAt) })
      }),
    budgetEntries: async (id) => readBudgetEntries(db, id),
    addRun: async (run, seedSetIds, effects) =>
      db.transaction((tx) => {
        const { id, state, version } = run
        tx.insert(runs)
          .values({ id, state, version, run: JSON.stringify(run), createdAt: Date.parse(run.createdAt) })
          .run()
        for (const seedSetId of new Set(seedSetIds)) tx.insert(runSeedSets).values({ seedSetId, runId: id }).run()
        writeEffects(db, { effects, now: clock.now() })
      }),
    run: async (id) => {
      const row = db.orm.select({ run: runs.run }).from(runs).where(eq(runs.id, id)).get()
      return row === undefined ? undefined : runOf(row)
    },
    runs: async ({ limit, seedSetId }) =>
      db.orm
        .select({ run: runs.run })
        .from(runs)
        .where(seedSetId === undefined ? undefined : inArray(runs.id, readersOf(db, seedSetId)))
        .orderBy(desc(runs.createdAt))
        .limit(limit)
        .all()
        .map(runOf),
    commitRun: async ({ run, charge }, effects) =>
      atomically(db, (tx) => {
        const written = tx
          .update(runs)
          .set({ state: run.state, version: run.version, run: JSON.stringify(run) })
          .where(and(eq(runs.id, run.id), eq(runs.version, run.version - 1)))
          .run()
        if (written.changes === 0) throw new Conflict()
        if (charge !== undefined && !writeCharge(tx, charge)) throw new Conflict()
        writeEffects(db, { effects, now: clock.now() })
      }),
  }
}
