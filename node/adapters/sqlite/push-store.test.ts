import { pushStoreContract } from '../../../test/contract/push-store.ts'
import { openDatabase } from './open.ts'
import { createPushStore } from './push-store.ts'

pushStoreContract(async () => createPushStore(openDatabase(':memory:')))
