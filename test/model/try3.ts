import { transferMachine } from '../../protocol/transfer/machine.ts'
import { TRANSFER_TABLES } from '../../protocol/transfer/tables.ts'
import { negotiationMachine } from '../../protocol/negotiation/machine.ts'
import { NEGOTIATION_TABLES } from '../../protocol/negotiation/tables.ts'
import { negotiationKind } from './negotiation.ts'
import { explore } from './explore.ts'
import { transferKind } from './transfer.ts'
for (const kind of ['transfer','negotiation'])
for (const nameless of [['consumer'], ['provider'], ['consumer','provider']] as const)
for (const prune of [true]) for (const capacity of [1,2,3]) {
  const apart: string[] = []
  for (;;) {
  const t = performance.now()
  const r = kind === 'transfer' ? explore({ kind: transferKind(transferMachine(TRANSFER_TABLES), nameless.length > 0), capacity, nameless, prune, apart })
   : explore({ kind: negotiationKind(negotiationMachine(NEGOTIATION_TABLES)), capacity, nameless, prune, apart })
  const m = /^(rest|pair): ([A-Z]+\/[A-Z]+)$/.exec(r.fault?.what ?? '')
  if (m && !apart.includes(m[2]!)) { apart.push(m[2]!); continue }
  console.log(kind, nameless, prune, capacity, r.worlds, r.happenings, r.fullest, Math.round(performance.now()-t), apart.sort().join(' '), r.fault)
  break
  }
}
