import { generationStoreContract } from '../../../test/contract/generation-store.ts'
import { createGenerationStore } from './generation-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { openDatabase } from './open.ts'
import { leafQueue } from './tables/ledger.ts'
import { jobs } from './tables/queue.ts'

generationStoreContract(() => {
  const db = openDatabase(':memory:')
  return {
    store: createGenerationStore(db, systemClock),
    effects: () => ({
      jobs: db.orm.select({ id: jobs.id }).from(jobs).all().length,
      leaves: db.orm.select({ id: leafQueue.id }).from(leafQueue).all().length,
    }),
  }
})
