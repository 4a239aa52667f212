import { transferMachine } from '../../protocol/transfer/machine.ts'
import { TRANSFER_TABLES } from '../../protocol/transfer/tables.ts'
import { explore } from './explore.ts'
import { transferKind } from './transfer.ts'
for (const apart of [[], ['STARTED/SUSPENDED'],['SUSPENDED/STARTED']])
  console.log(explore({ kind: transferKind(transferMachine(TRANSFER_TABLES), true), capacity:1, nameless:['consumer'], prune: true, apart }).fault)
