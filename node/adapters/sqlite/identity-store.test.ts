import { afterEach } from 'vitest'
import { identityStoreContract } from '../../../test/contract/identity-store.ts'
import { createIdentityStore } from './identity-store.ts'
import { type Database, openDatabase } from './open.ts'
import { jobs } from './tables/queue.ts'

const opened: Database[] = []
afterEach(() => {
  for (const db of opened.splice(0)) db.close()
})

identityStoreContract(() => {
  const db = openDatabase(':memory:')
  opened.push(db)
  return {
    store: createIdentityStore(db),
    jobKeys: () =>
      db.orm
        .select({ key: jobs.key })
        .from(jobs)
        .all()
        .map(({ key }) => key),
  }
})
