import * as z from 'zod'
import { meaningOf, reasonsIn } from '../../protocol/dsp/answers.ts'
import { isFinal } from '../../protocol/negotiation/machine.ts'
import { negotiationLetter } from '../../protocol/negotiation/messages.ts'
import { Refused } from '../../protocol/refusal.ts'
import { ContractNegotiation, type Negotiation, type PendingNegotiationMessage } from '../../schemas/negotiation.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import type { NegotiationDeps } from './operations.ts'
import { ADVANCE_QUEUE, step } from './step.ts'
import { nextMove } from './strategy.ts'

const Payload = z.object({ pid: z.string() })
/** More own steps in a row than any negotiation has; a safeguard against a strategy that never rests. */
const MOST_STEPS = 16
const LONGEST_PAUSE_MS = 10_000

/** Carries a negotiation on: delivers what is pending, then asks the strategy, until it is the peer's turn. */
export function advanceHandler(deps: NegotiationDeps): JobHandler {
  return {
    queue: ADVANCE_QUEUE,
    concurrency: 64,
    run: async (payload, { attempt }) => {
      const { pid } = Payload.parse(payload)
      for (let count = 0; count < MOST_STEPS; count += 1) {
        const stored = await deps.store.get(pid)
        if (stored === undefined || isFinal(stored.process.state)) return { kind: 'done' }
        const { pending } = stored.process
        const stop =
          pending === undefined ? await speak(deps, stored.process) : await deliver(deps, stored.process, pending)
        if (stop !== undefined) return soon(stop, attempt)
      }
      return { kind: 'done' }
    },
  }
}

/** A peer that comes back is spoken to within seconds, however long it was away: other messages of the process wait behind. */
function soon(outcome: JobOutcome, attempt: number): JobOutcome {
  return outcome.kind === 'retry' && attempt > 7 ? { ...outcome, afterMs: LONGEST_PAUSE_MS } : outcome
}

/** Undefined: go on. */
async function speak(deps: NegotiationDeps, process: Negotiation): Promise<JobOutcome | undefined> {
  const move = await nextMove(deps, process)
  if (move === undefined) return { kind: 'done' }
  const { manifestId, ...content } = move
  await step(deps, {
    pid: process.pid,
    event: { kind: 'intended', id: `urn:uuid:${deps.random.uuid()}`, ...content },
    prepare: (stored) => (manifestId === undefined ? stored : { ...stored, manifestId }),
    inJob: true,
  })
  return undefined
}

async function deliver(
  deps: NegotiationDeps,
  process: Negotiation,
  pending: PendingNegotiationMessage,
): Promise<JobOutcome | undefined> {
  const { path, message } = negotiationLetter(process, pending, deps.partners.address)
  const answer = await deps.partners
    .send(process.peer, { url: process.peerAddress + path, message })
    .catch((error: unknown) => (error instanceof Refused ? error : Promise.reject(error)))
  if (answer instanceof Refused) return { kind: 'retry', error: answer.refusal.code }
  const first = process.state === 'INITIAL'
  const meaning = meaningOf(answer.status, { says: pending.says, first })
  if (meaning === 'again') return { kind: 'retry', error: `answered ${answer.status}` }
  const { pid } = process
  const { id } = pending
  const refused = (reasons: readonly string[]) =>
    step(deps, {
      pid,
      event: { kind: 'refused', id, reasons, followUp: `urn:uuid:${deps.random.uuid()}` },
      inJob: true,
    })
  if (meaning === 'refused') {
    await refused(reasonsIn(answer.body, answer.status))
    return undefined
  }
  const peerPid = peerPidIn(answer.body, process)
  const settled = await step(deps, { pid, event: { kind: 'acknowledged', id, peerPid }, inJob: true })
  if (settled !== undefined && 'code' in settled) await refused([settled.detail])
  return undefined
}

/** The peer's process id in its answer; only the answer to a first request is looked at, later ones are free in form. */
function peerPidIn(body: unknown, process: Negotiation): string | undefined {
  if (process.peerPid !== undefined) return undefined
  const answer = ContractNegotiation.safeParse(body)
  if (!answer.success || answer.data.consumerPid !== process.pid) return undefined
  return answer.data.providerPid
}
