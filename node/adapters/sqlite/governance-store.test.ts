import { afterEach } from 'vitest'
import { governanceStoreContract } from '../../../test/contract/governance-store.ts'
import { createGovernanceStore } from './governance-store.ts'
import { type Database, openDatabase } from './open.ts'

const opened: Database[] = []
afterEach(() => {
  for (const db of opened.splice(0)) db.close()
})

governanceStoreContract(() => {
  const db = openDatabase(':memory:')
  opened.push(db)
  return createGovernanceStore(db)
})
