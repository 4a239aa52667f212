import { pullAddress } from '../../protocol/transfer/data-address.ts'
import { isFinal } from '../../protocol/transfer/machine.ts'
import { transferLetter } from '../../protocol/transfer/messages.ts'
import { sinkAddress } from '../../protocol/transfer/sink-address.ts'
import { type PendingTransferMessage, PULL_FORMAT, type Transfer, TransferProcess } from '../../schemas/transfer.ts'
import { advanceJob } from '../dsp/advance.ts'
import type { JobHandler } from '../ports/queue.ts'
import { storedToken, tokenOf } from './access.ts'
import type { TransferDeps } from './operations.ts'
import { openedSink } from './pushes.ts'
import { say } from './say.ts'
import { ADVANCE_QUEUE, step } from './step.ts'

/** Carries a transfer on until it is the peer's turn. */
export function advanceHandler(deps: TransferDeps): JobHandler {
  return advanceJob({
    queue: ADVANCE_QUEUE,
    random: deps.random,
    partners: deps.partners,
    opened: TransferProcess,
    isFinal,
    read: async (pid) => (await deps.store.get(pid))?.process,
    letter: async (process, pending) =>
      transferLetter(process, pending, {
        callbackAddress: deps.partners.address,
        dataAddress: await enclosedAddress(deps, process, pending),
      }),
    answered: (pid, event) => step(deps, { pid, event, inJob: true }),
    speak: async (process) => {
      const move = await deps.strategy.next(process)
      if (move === undefined) return false
      await say(deps, process, { ...move, inJob: true })
      return true
    },
  })
}

async function enclosedAddress(deps: TransferDeps, process: Transfer, pending: PendingTransferMessage) {
  if (process.role === 'consumer') {
    const sink = pending.says === 'request' ? await openedSink(deps, process.pid) : undefined
    return sink === undefined ? undefined : sinkAddress(sink)
  }
  if (pending.says !== 'start' || process.format !== PULL_FORMAT) return undefined
  const token = await tokenOf(deps, process.pid, pending.id)
  await deps.store.extend(process.pid, storedToken(deps, token))
  return pullAddress(`${deps.publicUrl}/data/${encodeURIComponent(process.pid)}`, token)
}
