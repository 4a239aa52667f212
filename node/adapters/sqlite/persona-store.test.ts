import { personaStoreContract } from '../../../test/contract/persona-store.ts'
import { openDatabase } from './open.ts'
import { createPersonaStore } from './persona-store.ts'

personaStoreContract(() => createPersonaStore(openDatabase(':memory:')))
