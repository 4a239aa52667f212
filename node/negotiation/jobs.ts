import { isFinal } from '../../protocol/negotiation/machine.ts'
import { negotiationLetter } from '../../protocol/negotiation/messages.ts'
import { ContractNegotiation } from '../../schemas/negotiation.ts'
import { advanceJob } from '../dsp/advance.ts'
import type { JobHandler } from '../ports/queue.ts'
import type { NegotiationDeps } from './operations.ts'
import { ADVANCE_QUEUE, step } from './step.ts'

/** Carries a negotiation on until it is the peer's turn. */
export function advanceHandler(deps: NegotiationDeps): JobHandler {
  return advanceJob({
    queue: ADVANCE_QUEUE,
    random: deps.random,
    partners: deps.partners,
    opened: ContractNegotiation,
    isFinal,
    read: async (pid) => (await deps.store.get(pid))?.process,
    letter: async (process, pending) => negotiationLetter(process, pending, deps.partners.address),
    answered: (pid, event) => step(deps, { pid, event, inJob: true }),
    speak: async (process) => {
      const move = await deps.strategy.next(process)
      if (move === undefined) return false
      const { manifestId, ...content } = move
      await step(deps, {
        pid: process.pid,
        event: { kind: 'intended', id: `urn:uuid:${deps.random.uuid()}`, ...content },
        prepare: (stored) => (manifestId === undefined ? stored : { ...stored, manifestId }),
        inJob: true,
      })
      return true
    },
  })
}
