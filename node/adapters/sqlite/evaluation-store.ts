import { eq, sql } from 'drizzle-orm'
import type { EvaluationStore } from '../../evaluation/store.ts'
import type { Database } from './open.ts'
import { evaluations } from './tables/evaluation.ts'

export function createEvaluationStore(db: Database): EvaluationStore {
  return {
    beginAttempt: async (datasetId) => {
      const row = db.orm
        .insert(evaluations)
        .values({ datasetId, attempts: 1 })
        .onConflictDoUpdate({ target: evaluations.datasetId, set: { attempts: sql`${evaluations.attempts} + 1` } })
        .returning({ attempts: evaluations.attempts })
        .get()
      return row.attempts
    },
    finishAttempt: async (datasetId, { reportPath, at }) => {
      db.orm.update(evaluations).set({ reportPath, evaluatedAt: at }).where(eq(evaluations.datasetId, datasetId)).run()
    },
    record: async (datasetId) => {
      const row = db.orm
        .select({ attempts: evaluations.attempts, reportPath: evaluations.reportPath })
        .from(evaluations)
        .where(eq(evaluations.datasetId, datasetId))
        .get()
      if (row === undefined) return undefined
      return row.reportPath === null
        ? { attempts: row.attempts }
        : { attempts: row.attempts, reportPath: row.reportPath }
    },
  }
}
