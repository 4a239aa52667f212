import { ledgerStoreContract } from '../../../test/contract/ledger-store.ts'
import { writeEffects } from './commit.ts'
import { createLedgerStore } from './ledger-store.ts'
import { openDatabase } from './open.ts'

ledgerStoreContract(() => {
  const db = openDatabase(':memory:')
  return {
    store: createLedgerStore(db),
    queue: (leaves) => db.transaction(() => writeEffects(db, { effects: { leaves }, now: 1 })),
  }
})
