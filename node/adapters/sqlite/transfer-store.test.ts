import { sql } from 'drizzle-orm'
import { transferStoreContract } from '../../../test/contract/transfer-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { createTransferStore } from './transfer-store.ts'
import { openDatabase } from './open.ts'

transferStoreContract(async () => {
  const db = openDatabase(':memory:')
  return {
    store: createTransferStore(db, systemClock),
    queued: () => db.orm.get<{ count: number }>(sql`select count(*) as count from jobs`)?.count ?? 0,
  }
})
