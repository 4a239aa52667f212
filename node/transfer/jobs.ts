import * as z from 'zod'
import { meaningOf, reasonsIn } from '../../protocol/dsp/answers.ts'
import { pullAddress } from '../../protocol/transfer/data-address.ts'
import { isFinal } from '../../protocol/transfer/machine.ts'
import { transferLetter } from '../../protocol/transfer/messages.ts'
import { Refused } from '../../protocol/refusal.ts'
import { type PendingTransferMessage, type Transfer, TransferProcess } from '../../schemas/transfer.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import { storedToken, tokenOf } from './access.ts'
import type { TransferDeps } from './operations.ts'
import { ADVANCE_QUEUE, step } from './step.ts'
import { type Move, nextMove } from './strategy.ts'

const Payload = z.object({ pid: z.string() })
/** More own steps in a row than any transfer has; a safeguard against a strategy that never rests. */
const MOST_STEPS = 16
const LONGEST_PAUSE_MS = 10_000

/** Carries a transfer on: delivers what is pending, then asks the strategy, until it is the peer's turn. */
export function advanceHandler(deps: TransferDeps): JobHandler {
  return {
    queue: ADVANCE_QUEUE,
    concurrency: 64,
    run: async (payload, { attempt }) => {
      const { pid } = Payload.parse(payload)
      for (let count = 0; count < MOST_STEPS; count += 1) {
        const stored = await deps.store.get(pid)
        if (stored === undefined || isFinal(stored.process.state)) return { kind: 'done' }
        const { process } = stored
        if (process.pending === undefined) {
          const move = await nextMove(deps, process)
          if (move === undefined) return { kind: 'done' }
          await say(deps, process, { ...move, inJob: true })
        } else {
          const stop = await deliver(deps, process, process.pending)
          if (stop !== undefined) return soon(stop, attempt)
        }
      }
      return { kind: 'done' }
    },
  }
}

/** Decides to say something; a start of the provider brings its token with it. */
export async function say(deps: TransferDeps, process: Transfer, { inJob, ...move }: Move & { inJob: boolean }) {
  const id = `urn:uuid:${deps.random.uuid()}`
  const hands = process.role === 'provider' && move.says === 'start'
  const token = hands ? storedToken(deps, await tokenOf(deps, process.pid, id)) : undefined
  const event = { kind: 'intended', id, ...move } as const
  return step(deps, { pid: process.pid, event, inJob, ...(token === undefined ? {} : { token }) })
}

/** A peer that comes back is spoken to within seconds, however long it was away: other messages of the process wait behind. */
function soon(outcome: JobOutcome, attempt: number): JobOutcome {
  return outcome.kind === 'retry' && attempt > 7 ? { ...outcome, afterMs: LONGEST_PAUSE_MS } : outcome
}

/** Undefined: go on. */
async function deliver(
  deps: TransferDeps,
  process: Transfer,
  pending: PendingTransferMessage,
): Promise<JobOutcome | undefined> {
  const { pid } = process
  const { id } = pending
  const { path, message } = transferLetter(process, pending, {
    callbackAddress: deps.partners.address,
    dataAddress: await enclosedAddress(deps, process, pending),
  })
  const answer = await deps.partners
    .send(process.peer, { url: process.peerAddress + path, message })
    .catch((error: unknown) => (error instanceof Refused ? error : Promise.reject(error)))
  if (answer instanceof Refused) return { kind: 'retry', error: answer.refusal.code }
  const meaning = meaningOf(answer.status, { says: pending.says, first: process.state === 'INITIAL' })
  if (meaning === 'again') return { kind: 'retry', error: `answered ${answer.status}` }
  const refused = (reasons: readonly string[]) => {
    const followUp = `urn:uuid:${deps.random.uuid()}`
    return step(deps, { pid, event: { kind: 'refused', id, reasons, followUp }, inJob: true })
  }
  if (meaning === 'refused') {
    await refused(reasonsIn(answer.body, answer.status))
    return undefined
  }
  const peerPid = peerPidIn(answer.body, process)
  const settled = await step(deps, { pid, event: { kind: 'acknowledged', id, peerPid }, inJob: true })
  if (settled !== undefined && 'code' in settled) await refused([settled.detail])
  return undefined
}

async function enclosedAddress(deps: TransferDeps, process: Transfer, pending: PendingTransferMessage) {
  if (process.role !== 'provider' || pending.says !== 'start') return undefined
  const token = await tokenOf(deps, process.pid, pending.id)
  await deps.store.extend(process.pid, storedToken(deps, token))
  return pullAddress(`${deps.publicUrl}/data/${encodeURIComponent(process.pid)}`, token)
}

/** The peer's process id in its answer; only the answer to the request is looked at, later ones are free in form. */
function peerPidIn(body: unknown, process: Transfer): string | undefined {
  if (process.peerPid !== undefined) return undefined
  const answer = TransferProcess.safeParse(body)
  return answer.success && answer.data.consumerPid === process.pid ? answer.data.providerPid : undefined
}
