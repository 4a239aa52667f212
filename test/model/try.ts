import { negotiationMachine } from '../../protocol/negotiation/machine.ts'
import { NEGOTIATION_TABLES } from '../../protocol/negotiation/tables.ts'
import { explore } from './explore.ts'
import { negotiationKind } from './negotiation.ts'
for (const nameless of [[], ['consumer'], ['provider']] as const)
for (const prune of [true,false]) for (const capacity of [1,2,3,4]) {
  const t = performance.now()
  const r = explore({ kind: negotiationKind(negotiationMachine(NEGOTIATION_TABLES)), capacity, nameless, prune })
  console.log(nameless, prune, capacity, r.worlds, r.happenings, r.fullest, Math.round(performance.now()-t), r.fault, r.walked.size)
}
