import { eq } from 'drizzle-orm'
import { datasetsStoreContract } from '../../../test/contract/datasets-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { createDatasetsStore } from './datasets-store.ts'
import { openDatabase } from './open.ts'
import { datasets } from './tables/datasets.ts'
import { leafQueue } from './tables/ledger.ts'
import { jobs } from './tables/queue.ts'

datasetsStoreContract(async () => {
  const db = openDatabase(':memory:')
  const queued = () => ({
    jobs: db.orm.select().from(jobs).all().length,
    leaves: db.orm.select().from(leafQueue).all().length,
  })
  const damage = (id: string) => {
    db.orm.update(datasets).set({ record: '{"id":1}' }).where(eq(datasets.id, id)).run()
  }
  return { store: createDatasetsStore(db, systemClock), queued, damage }
})
