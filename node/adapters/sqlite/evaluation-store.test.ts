import { evaluationStoreContract } from '../../../test/contract/evaluation-store.ts'
import { createEvaluationStore } from './evaluation-store.ts'
import { openDatabase } from './open.ts'

evaluationStoreContract(() => createEvaluationStore(openDatabase(':memory:')))
