import { sql } from 'drizzle-orm'
import { negotiationStoreContract } from '../../../test/contract/negotiation-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { createNegotiationStore } from './negotiation-store.ts'
import { openDatabase } from './open.ts'

negotiationStoreContract(async () => {
  const db = openDatabase(':memory:')
  return {
    store: createNegotiationStore(db, systemClock),
    queued: () => db.orm.get<{ count: number }>(sql`select count(*) as count from jobs`)?.count ?? 0,
  }
})
