import { receiptStoreContract } from '../../../test/contract/receipt-store.ts'
import { openDatabase } from './open.ts'
import { createReceiptStore } from './receipt-store.ts'
import { leafQueue } from './tables/ledger.ts'
import { jobs } from './tables/queue.ts'

receiptStoreContract(() => {
  const db = openDatabase(':memory:')
  return {
    store: createReceiptStore(db, () => 1),
    effects: () => ({
      jobs: db.orm.select({ id: jobs.id }).from(jobs).all().length,
      leaves: db.orm.select({ id: leafQueue.id }).from(leafQueue).all().length,
    }),
  }
})
