import { transferMachine } from '../../protocol/transfer/machine.ts'
import { TRANSFER_TABLES } from '../../protocol/transfer/tables.ts'
import { explore } from './explore.ts'
import { transferKind } from './transfer.ts'
for (const nameless of [[], ['consumer'], ['provider']] as const)
for (const prune of [true,false]) for (const capacity of [1,2,3]) {
  const t = performance.now()
  const r = explore({ kind: transferKind(transferMachine(TRANSFER_TABLES), nameless.length > 0), capacity, nameless, prune })
  console.log(nameless, prune, capacity, r.worlds, r.happenings, r.fullest, Math.round(performance.now()-t), r.fault, r.walked.size)
}
